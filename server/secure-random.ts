/** Makes a source of cryptographically random numbers in [0, 1), 53 bits each. */
export function createSecureRandom(): () => number {
  const words = new Uint32Array(256);
  let used = words.length;
  return () => {
    if (used === words.length) {
      crypto.getRandomValues(words);
      used = 0;
    }
    used += 2;
    return (words[used - 2]! * 2 ** 21 + (words[used - 1]! >>> 11)) / 2 ** 53;
  };
}
