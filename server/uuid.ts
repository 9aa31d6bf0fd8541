/** Version 7 ids (RFC 9562) of one process: unique, and each greater than the one before as text. */
export function createUuidV7(clock: () => number): () => string {
  let ms = 0;
  let count = 0;
  return () => {
    const now = clock();
    const random = crypto.randomUUID();
    // The clock may be set back; an id never goes back.
    if (now > ms) {
      ms = now;
      count = Number.parseInt(random.slice(0, 3), 16) & 0x7ff;
    } else if (count < 0xfff) {
      count += 1;
    } else {
      ms += 1;
      count = 0;
    }
    const time = ms.toString(16).padStart(12, "0");
    // The random tail of a version 4 id has the variant bits where they belong.
    return `${time.slice(0, 8)}-${time.slice(8)}-7${count.toString(16).padStart(3, "0")}-${random.slice(19)}`;
  };
}
