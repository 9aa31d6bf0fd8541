import { expect, test } from "vitest";
import { BslStructure } from "../onec-runtime/bsl/collections.ts";
import { commonModules } from "../onec-runtime/bsl/extension.ts";
import { createInfobase } from "../onec-runtime/bsl/infobase.ts";
import { run } from "../onec-runtime/bsl/interpreter.ts";
import { platform, played } from "../onec-runtime/bsl/platform.ts";

/*
 * Runs the queue of events from 1C to the relay over a played infobase. The tests hold the queue's content after each
 * answer of the relay.
 */

const NOW = Date.UTC(2026, 10, 24, 9, 0, 0);

/** Puts one event into the queue and sends it; `answer` is the relay's: the status, 0 for none. */
function sendOne(answer: (queue: Record<string, unknown>[]) => number) {
  const base = createInfobase(["relay_События"], () => NOW / 1000);
  const queue = base.registers.relay_События as Record<string, unknown>[];
  const around = platform({
    now: () => NOW,
    uuid: () => "5f0ea000-0000-5000-8000-000000000001",
    globals: {
      ...base.globals,
      relay_Связь: played("relay_Связь", {
        Отправить: () => new BslStructure({ КодСостояния: answer(queue), Описание: "" }),
      }),
      relay_Настройки: played("relay_Настройки", { Сообщить: () => undefined }),
    },
  });
  const running = run(
    commonModules().filter(({ name }) => ["relay_События", "relay_Протокол"].includes(name)),
    {
      ...around,
      types: { ...around.types, ...base.types },
      functions: { ...around.functions, установитьпривилегированныйрежим: () => undefined },
    },
  );
  const data = new BslStructure({ actRef: "5f0ea000-0000-5000-8000-000000000002" });
  running.call("relay_События", "Поставить", ["act.changed", data]);
  running.call("relay_События", "Отправить", []);
  return queue;
}

test.each([
  [200, []],
  [503, [{ Попыток: 1, Отклонено: false }]],
  [0, [{ Попыток: 1, Отклонено: false }]],
  [409, [{ Попыток: 1, Отклонено: true }]],
])("after %i the queue holds %o", (status, left) => {
  expect(sendOne(() => status)).toMatchObject(left);
});

test.each([200, 0, 409])("an event that another run has sent meanwhile does not come back (%i)", (status) => {
  const queue = sendOne((waiting) => {
    waiting.length = 0;
    return status;
  });
  expect(queue).toEqual([]);
});
