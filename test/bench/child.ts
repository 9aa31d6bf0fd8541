import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";

/** A separate process for one question at a time. */
export interface Child {
  readonly pid: number;
  ask<T>(question: object): Promise<T>;
  /** Ends the process and waits for the end. */
  end(): Promise<void>;
}

/** Starts a module of this folder in a process and waits until the module is ready. */
export async function startChild(module: string, settings: object): Promise<Child> {
  const path = fileURLToPath(new URL(module, import.meta.url));
  // The child writes the usual log; nobody reads the log.
  const child = fork(path, [JSON.stringify(settings)], {
    serialization: "advanced",
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  await answer(child);
  return {
    pid: child.pid ?? 0,
    ask(question) {
      child.send(question);
      return answer(child);
    },
    async end() {
      const gone = new Promise((resolve) => child.once("exit", resolve));
      child.disconnect();
      await gone;
    },
  };
}

/** The other side of {@link startChild}: reports ready, then answers until the bench disconnects. */
export function serveParent(answers: (question: never) => unknown): void {
  process.on("message", (question) => {
    void Promise.resolve(answers(question as never)).then((value) => process.send?.({ value }));
  });
  process.on("disconnect", () => process.exit(0));
  process.send?.({ value: null });
}

/** Reads the parent's settings for a child. */
export function childSettings<T>(): T {
  return JSON.parse(process.argv[2] ?? "{}") as T;
}

function answer<T>(child: ChildProcess): Promise<T> {
  return new Promise((resolve, reject) => {
    const died = () => reject(new Error("A process of the bench ended by itself"));
    child.once("exit", died);
    child.once("message", ({ value }: { value: T }) => {
      child.off("exit", died);
      resolve(value);
    });
  });
}
