// How large a rendering without a size is, by the rules of the image URL: flip, rotate, crop.
import type { Options } from "./pictures.js";

/** Width and height in pixels. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/** The size of the picture of `size` after the options' rotation and crop. */
export function outputSize(size: Size, options: Options): Size {
  return cropped(rotated(size, Number(options.angle ?? 0) || 0), options);
}

function rotated({ width, height }: Size, angle: number): Size {
  const turned = ((angle % 360) + 360) % 360;
  if (turned % 180 === 0) return { width, height };
  if (turned % 90 === 0) return { width: height, height: width };
  const radians = (turned * Math.PI) / 180;
  const corners = [[-1, -1], [1, -1], [-1, 1], [1, 1]].map(([x, y]) => {
    const [a, b] = [(x! * width) / 2, (y! * height) / 2];
    return [a * Math.cos(radians) - b * Math.sin(radians) + width / 2, a * Math.sin(radians) + b * Math.cos(radians) + height / 2];
  });
  const extent = (axis: number) => {
    const all = corners.map((corner) => corner[axis]!);
    return Math.ceil(Math.max(...all)) - Math.floor(Math.min(...all));
  };
  return { width: extent(0), height: extent(1) };
}

function cropped({ width, height }: Size, options: Options): Size {
  const side = (from: string, to: string, length: number) => {
    const first = Math.ceil(length * fraction(options[from], 0));
    const last = Math.ceil(length * (fraction(options[to], 0) || 1));
    return last - first;
  };
  const [across, down] = [side("left", "right", width), side("top", "bottom", height)];
  return across > 0 && down > 0 ? { width: across, height: down } : { width, height };
}

function fraction(text: string | undefined, otherwise: number): number {
  const value = Number(text);
  return text && Number.isFinite(value) ? Math.min(1, Math.max(0, value)) : otherwise;
}
