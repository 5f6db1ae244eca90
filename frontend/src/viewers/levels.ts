// The pyramid of a picture: which sizes its tiles are cut from, and which tiles a view needs.
import type { Size } from "./geometry.js";

/** One size of the picture, cut into `columns` × `columns` tiles. */
export interface Level extends Size {
  readonly index: number;
  readonly columns: number;
}

/** A tile of a level; `column` and `row` count from 0. */
export interface Tile {
  readonly level: Level;
  readonly column: number;
  readonly row: number;
}

/** A rectangle in fractions of the picture or in pixels. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

const TILE_SIDE = 512;
const MOST_COLUMNS = 16;

/**
 * The levels of a picture from the coarsest, one tile, to the full size. Each is half of the next: decoders reduce
 * by powers of two almost for nothing, and everybody who looks at the picture asks for the very same tiles.
 */
export function pyramid(size: Size, maxTiles = 256): Level[] {
  const longest = Math.max(size.width, size.height);
  const halvings = Math.max(0, Math.ceil(Math.log2(longest / TILE_SIDE)));
  const most = Math.min(MOST_COLUMNS, Math.max(1, Math.floor(Math.sqrt(maxTiles))));
  return Array.from({ length: halvings + 1 }, (_, index) => {
    const width = Math.ceil(size.width / 2 ** (halvings - index));
    const height = Math.ceil((width * size.height) / size.width);
    return { index, width, height, columns: columnsFor({ width, height }, most) };
  });
}

function columnsFor({ width, height }: Size, most: number): number {
  let columns = 1;
  while (columns < most && Math.max(width, height) / columns > TILE_SIDE && columns * 2 <= Math.min(width, height)) columns *= 2;
  return columns;
}

/** The tile's place within its level in pixels; the last column and row take the remainder, as on the server. */
export function tileBox({ level, column, row }: Tile): Box {
  const [across, down] = [Math.floor(level.width / level.columns), Math.floor(level.height / level.columns)];
  const last = level.columns - 1;
  return {
    x: column * across,
    y: row * down,
    width: column === last ? level.width - column * across : across,
    height: row === last ? level.height - row * down : down,
  };
}

/** The tile's number and grid, as the option `tile` takes them; "" for the only one. */
export function tileOption({ level, column, row }: Tile): string {
  return level.columns === 1 ? "" : `${row * level.columns + column + 1}:${level.columns ** 2}`;
}

/** A text that names the tile among all of the picture. */
export function tileKey({ level, column, row }: Tile): string {
  return `${level.index}/${column}/${row}`;
}

/** The coarsest level that is sharp where one pixel of the full picture covers `scale` pixels of the screen. */
export function levelFor(levels: readonly Level[], scale: number): Level {
  const finest = levels[levels.length - 1]!;
  // A fifth too few pixels is not to be seen, four times as many tiles are to be felt.
  return levels.find((level) => level.width >= finest.width * scale * 0.8) ?? finest;
}

/** The tiles of a level that touch `view` (fractions of the picture), those nearest to its middle first. */
export function tilesIn(level: Level, view: Box): Tile[] {
  const across = Math.floor(level.width / level.columns) / level.width;
  const down = Math.floor(level.height / level.columns) / level.height;
  const index = (place: number, side: number) => Math.min(level.columns - 1, Math.max(0, Math.floor(place / side)));
  const tiles: Tile[] = [];
  if (view.x >= 1 || view.y >= 1 || view.x + view.width <= 0 || view.y + view.height <= 0) return tiles;
  for (let row = index(view.y, down); row <= index(view.y + view.height, down); row++) {
    for (let column = index(view.x, across); column <= index(view.x + view.width, across); column++) tiles.push({ level, column, row });
  }
  const [x, y] = [view.x + view.width / 2, view.y + view.height / 2];
  const ratio = level.height / level.width;
  const distance = (tile: Tile) => Math.hypot((tile.column + 0.5) * across - x, ((tile.row + 0.5) * down - y) * ratio);
  return tiles.sort((a, b) => distance(a) - distance(b));
}
