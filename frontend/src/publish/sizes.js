// Sizes for people.

/** A count of bytes. */
export function bytes(count) {
  if (count >= 1e6) return `${(count / 1e6).toFixed(1)} MB`;
  return count >= 1000 ? `${(count / 1000).toFixed(count < 1e4 ? 1 : 0)} kB` : `${count} bytes`;
}

/** How much of the original's bytes that is; "" where it is no less. */
export function share(count, original) {
  const part = (100 * count) / original;
  return part < 100 ? `${part < 1 ? "less than 1" : Math.round(part)} % of the original` : "";
}
