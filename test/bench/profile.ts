import { type Profiler, Session } from "node:inspector";

/** The share of each part in the main thread's time, in [0, 1]. Waits for the disk count, idle time does not. */
export type Shares = Readonly<Record<string, number>>;

/** Parts of the work, each with a pattern for `function file`. The innermost matching frame decides. */
export type Parts = readonly (readonly [part: string, known: RegExp])[];

/** Runs work under the profiler. */
export async function profiled(parts: Parts, work: () => Promise<void>): Promise<Shares> {
  const session = new Session();
  session.connect();
  session.post("Profiler.enable");
  session.post("Profiler.setSamplingInterval", { interval: 500 });
  session.post("Profiler.start");
  await work();
  const profile = await new Promise<Profiler.Profile>((resolve, reject) => {
    session.post("Profiler.stop", (error, stopped) => (error === null ? resolve(stopped.profile) : reject(error)));
  });
  session.disconnect();
  return sharesOf(profile, parts);
}

function sharesOf({ nodes, samples = [], timeDeltas = [] }: Profiler.Profile, parts: Parts): Shares {
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, `${callFrame.functionName} ${callFrame.url}`]));
  const parents = new Map(nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id] as const)));
  const names = new Map<number, string>();
  const nameOf = (id: number): string => {
    const kept = names.get(id);
    if (kept !== undefined) return kept;
    const found = parts.find(([, known]) => known.test(frames.get(id) ?? ""))?.[0];
    const parent = parents.get(id);
    const name = found ?? (parent === undefined ? "the rest" : nameOf(parent));
    names.set(id, name);
    return name;
  };
  const times = new Map<string, number>();
  for (const [n, id] of samples.entries()) times.set(nameOf(id), (times.get(nameOf(id)) ?? 0) + (timeDeltas[n] ?? 0));
  times.delete("idle");
  const total = [...times.values()].reduce((sum, us) => sum + us, 0);
  return Object.fromEntries([...times].map(([name, us]) => [name, us / total]));
}
