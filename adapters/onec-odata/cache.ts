/** Values that are read once and kept for a while. */
export interface Cache {
  /**
   * The kept value, or what `load` gives. What fails or is null is not kept. Callers at one time load each for itself:
   * a runtime may end one of them in its midst, and who waited for it would wait for ever.
   */
  get<T>(key: string, load: () => Promise<T>): Promise<T>;
  /** A kept value, or undefined. */
  peek<T>(key: string): T | undefined;
  put(key: string, value: unknown): void;
  drop(key: string): void;
}

/** {@link createCache} */
export interface CacheOptions {
  /** How long a value is kept, milliseconds. */
  readonly keepMs: number;
  /** Epoch ms. */
  readonly clock: () => number;
  /** Most values kept; the oldest goes first. Default: 5000. */
  readonly most?: number;
}

interface Kept {
  readonly value: unknown;
  readonly at: number;
}

/** An empty cache. */
export function createCache({ keepMs, clock, most = 5000 }: CacheOptions): Cache {
  const kept = new Map<string, Kept>();
  const findFresh = (key: string): Kept | undefined => {
    const found = kept.get(key);
    // A clock that was set back must not keep a value for as long.
    const age = found === undefined ? 0 : clock() - found.at;
    return age >= 0 && age < keepMs ? found : undefined;
  };
  function put(key: string, value: unknown): void {
    kept.delete(key);
    const oldest = kept.size >= most ? kept.keys().next() : undefined;
    if (oldest?.done === false) kept.delete(oldest.value);
    kept.set(key, { value, at: clock() });
  }
  return {
    async get<T>(key: string, load: () => Promise<T>) {
      const found = findFresh(key);
      if (found !== undefined) return found.value as T;
      const value = await load();
      if (value !== null) put(key, value);
      return value;
    },
    peek: <T>(key: string) => findFresh(key)?.value as T | undefined,
    put,
    drop: (key) => void kept.delete(key),
  };
}
