export interface Cache {
  /** Returns the kept value, else loads and keeps a value. Failures and null are not kept. */
  get<T>(key: string, load: () => Promise<T>): Promise<T>;
  peek<T>(key: string): T | undefined;
  put(key: string, value: unknown): void;
  drop(key: string): void;
}

export interface CacheOptions {
  /** Lifetime of a value, milliseconds. */
  readonly keepMs: number;
  /** Epoch ms. */
  readonly clock: () => number;
  /** Most values; the cache drops the oldest first. Default: 5000. */
  readonly most?: number;
}

interface Kept {
  readonly value: unknown;
  readonly at: number;
}

export function createCache({ keepMs, clock, most = 5000 }: CacheOptions): Cache {
  const kept = new Map<string, Kept>();
  const findFresh = (key: string): Kept | undefined => {
    const found = kept.get(key);
    // After the clock is set back, the age is negative: such a value must not live longer.
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
      // Callers load separately: a runtime may kill a caller, and others would wait forever for the killed load.
      const value = await load();
      if (value !== null) put(key, value);
      return value;
    },
    peek: <T>(key: string) => findFresh(key)?.value as T | undefined,
    put,
    drop: (key) => void kept.delete(key),
  };
}
