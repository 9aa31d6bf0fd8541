import pg from "pg";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Queue } from "../../../core/job.ts";
import type { Store, Write } from "../../../core/store.ts";
import { migrate } from "../../../server/db/migrate.ts";
import { openPostgres } from "../../../server/db/postgres.ts";
import { type Hooks, openReminders, type Reminders } from "../../../server/db/postgres-reminders.ts";
import { createSqlStore } from "../../../server/db/store.ts";
import { aJob, anAct, writesOf } from "../../support/builders.ts";
import { execute, NO_POSTGRES, type PostgresServer, startPostgres } from "../../support/postgres.ts";
import { startProxy } from "../../support/tcp-proxy.ts";

/** One process: the store, and the received reminders. */
interface Node {
  readonly store: Store;
  readonly reminders: Reminders;
  readonly looks: Queue[][];
  readonly logged: string[];
  close(): Promise<void>;
}

describe.skipIf(NO_POSTGRES !== null)(
  `reminders over Postgres${NO_POSTGRES === null ? "" : `: ${NO_POSTGRES}`}`,
  () => {
    let server: PostgresServer;
    let url: string;
    let nodes: Node[];
    let ahead = 0;
    beforeAll(async () => {
      server = await startPostgres();
    });
    afterAll(() => server.close());
    beforeEach(async () => {
      url = await server.create();
      nodes = [];
      ahead = 0;
    });
    afterEach(async () => {
      for (const node of nodes) await node.close();
    });

    async function open(hooks: Partial<Hooks> = {}, through = url): Promise<Node> {
      const driver = openPostgres(url);
      await migrate(driver);
      const [looks, logged]: [Queue[][], string[]] = [[], []];
      const reminders = await openReminders(
        through,
        () => Date.now() + ahead,
        (_, event) => void logged.push(event),
        2_000,
      );
      const store = createSqlStore(driver, reminders.beside);
      await reminders.start({ look: (lanes) => void looks.push([...lanes]), sweep: async () => 0, ...hooks });
      let closed = false;
      const node: Node = {
        store,
        reminders,
        looks,
        logged,
        async close() {
          if (closed) return;
          closed = true;
          await reminders.stop();
          await store.close();
        },
      };
      nodes.push(node);
      return node;
    }

    /** Waits out the look of a fresh connection and the reminders that are there. */
    async function quiet(node: Node): Promise<void> {
      for (let seen = -1; seen !== node.looks.length; ) {
        seen = node.looks.length;
        await new Promise((resolve) => setTimeout(resolve, 1_500));
      }
      node.looks.length = 0;
    }

    test("set everything up once when several processes start at once", async () => {
      await Promise.all(Array.from({ length: 4 }, () => open({ prune: async () => 0 })));
      const queues = await execute(
        url,
        "select name, dead_letter from onec_relay_boss.queue where name !~ '^__' order by name",
      );
      expect(queues).toEqual([
        { name: "dead", dead_letter: null },
        { name: "look", dead_letter: "dead" },
        { name: "prune", dead_letter: "dead" },
        { name: "sweep", dead_letter: "dead" },
      ]);
      expect(await execute(url, "select name, cron from onec_relay_boss.schedule order by name")).toEqual([
        { name: "prune", cron: "17 * * * *" },
        { name: "sweep", cron: "* * * * *" },
      ]);
      // Without retention there is nothing to prune.
      await open();
      expect(await execute(url, "select name from onec_relay_boss.schedule")).toEqual([{ name: "sweep" }]);
    });

    test("reach every other process with the queues of a commit, and not the process of the commit", async () => {
      const [one, two, three] = [await open(), await open(), await open()];
      for (const node of nodes) await quiet(node);
      await one.store.commit([due("webhook")]);
      await expect.poll(() => [two.looks[0], three.looks[0]]).toEqual([["webhook"], ["webhook"]]);
      await two.store.commit([due("accounting")]);
      await expect.poll(() => one.looks[0]).toEqual(["accounting"]);
      await expect.poll(() => three.looks).toContainEqual(["accounting"]);
      // Reminders of the queue are for any process and name both queues.
      expect(two.looks).not.toContainEqual(["accounting"]);
    });

    test("are written with the row, and not without the row", async () => {
      const node = await open();
      await quiet(node);
      const reminders = () => execute(url, "select start_after from onec_relay_boss.job where name = 'look'");
      await execute(url, "delete from onec_relay_boss.job");
      const job = aJob({ dueAt: Date.now() + 60_000 });
      await node.store.commit([{ type: "job", job }]);
      expect(await reminders()).toHaveLength(1);
      const other = aJob({ dueAt: Date.now() + 90_000 });
      const lost: Write[] = [
        { type: "job", job: other },
        { type: "job", job },
      ];
      expect(await node.store.commit(lost)).toBe("conflict");
      expect(await reminders()).toHaveLength(1);
      expect(await node.store.commit([{ type: "job", job: other }])).toBe("ok");
      const [first, second] = (await reminders()).map((row) => (row.start_after as Date).getTime());
      expect(first! - job.dueAt).toBeGreaterThan(0);
      expect(first! - job.dueAt).toBeLessThan(2_000);
      expect(second! - other.dueAt).toBeGreaterThan(0);
    });

    test("reach another process when the process of the commit is gone", async () => {
      const [dead, living] = [await open(), await open()];
      await quiet(living);
      await dead.close();
      // As if it had died between the commit and the word on the channel.
      const driver = openPostgres(url);
      const silent = createSqlStore(driver, (changes) => ({
        ...dead.reminders.beside(changes),
        onWritten: () => undefined,
      }));
      await silent.commit([due("webhook")]);
      await expect.poll(() => living.looks.length, { timeout: 10_000 }).toBeGreaterThan(0);
      await driver.close();
    });

    test("are shared by many commits", async () => {
      const [one, two] = [await open(), await open()];
      await quiet(two);
      await execute(url, "delete from onec_relay_boss.job");
      const startedAt = Date.now();
      for (let n = 0; n < 100; n += 1)
        await one.store.commit([...writesOf(anAct()), due("webhook"), due("accounting")]);
      const seconds = (Date.now() - startedAt) / 1000;
      const [{ n }] = (await execute(url, "select count(*)::int n from onec_relay_boss.job where name = 'look'")) as [
        { n: number },
      ];
      expect(n).toBeGreaterThan(0);
      expect(n).toBeLessThanOrEqual(Math.ceil(seconds) + 1);
      expect(two.looks.length).toBeLessThanOrEqual(Math.ceil(seconds * 50) + 3);
    });

    test("run a sweep in a single process; a sweep that always fails is a dead letter, with a line in the log", async () => {
      let [good, bad] = [0, 0];
      const sweep = async () => {
        good += 1;
        return 1;
      };
      const [one, two] = [await open({ sweep }), await open({ sweep })];
      const ask = "insert into onec_relay_boss.job (name, dead_letter, retry_limit) values ('sweep', 'dead', 0)";
      await execute(url, ask);
      await expect.poll(() => good, { timeout: 10_000 }).toBe(1);
      await one.close();
      await two.close();
      const three = await open({
        sweep: async () => {
          bad += 1;
          throw new Error("no");
        },
      });
      await execute(url, ask);
      await expect.poll(() => bad, { timeout: 10_000 }).toBe(1);
      await expect
        .poll(() => execute(url, "select name from onec_relay_boss.job where name = 'dead'"), { timeout: 10_000 })
        .toEqual([{ name: "dead" }]);
      expect(three.logged).toContain("sweep_failed");
      expect(good).toBe(1);
    });

    test("stop no commit when the reminder queue is broken: the log tells once a minute, and the rows are written", async () => {
      const node = await open();
      await execute(url, "alter table onec_relay_boss.job rename column retry_limit to tries");
      const act = anAct();
      expect(await node.store.commit([...writesOf(act), due("webhook")])).toBe("ok");
      expect(await node.store.commit([due("accounting")])).toBe("ok");
      expect(await node.store.getAct(act.id)).toEqual(act);
      expect(node.logged.filter((event) => event === "wakes_unusable")).toHaveLength(1);
      // The next attempt follows.
      await execute(url, "delete from onec_relay_boss.job");
      await execute(url, "alter table onec_relay_boss.job rename column tries to retry_limit");
      const reminders = () => execute(url, "select 1 from onec_relay_boss.job where name = 'look'");
      expect(await node.store.commit([due("webhook")])).toBe("ok");
      expect(await reminders()).toEqual([]);
      ahead = 61_000;
      expect(await node.store.commit([due("webhook")])).toBe("ok");
      expect(await reminders()).toHaveLength(1);
      // A failure of the store itself still fails the commit.
      await execute(url, "drop table act_event");
      await expect(node.store.commit(writesOf(anAct()))).rejects.toMatchObject({ code: "storage_unavailable" });
    });

    test("stop no commit for longer than a lock timeout when somebody keeps the reminder queue locked", {
      timeout: 60_000,
    }, async () => {
      const node = await open();
      const client = new pg.Client({ connectionString: url });
      await client.connect();
      await client.query("begin; lock table onec_relay_boss.job_common in access exclusive mode");
      const act = anAct();
      expect(await node.store.commit([...writesOf(act), due("webhook")])).toBe("ok");
      expect(await node.store.getAct(act.id)).toEqual(act);
      // Later commits do not wait at all, for they write no reminder.
      expect(await node.store.commit([due("accounting")])).toBe("ok");
      await client.end();
      expect(node.logged.filter((event) => event === "wakes_unusable")).toHaveLength(1);
    });

    test("ask a silent server again on new connections", { timeout: 60_000 }, async () => {
      let swept = 0;
      const proxy = await startProxy(server.port);
      const sweep = async () => {
        swept += 1;
        return 0;
      };
      const node = await open({ sweep }, url.replace(String(server.port), String(proxy.port)));
      proxy.strand();
      // The answer to this look is lost, and so is the connection.
      await expect.poll(() => node.logged, { timeout: 10_000 }).toContain("wakes_failed");
      await execute(url, "insert into onec_relay_boss.job (name) values ('sweep')");
      await expect.poll(() => swept, { timeout: 30_000 }).toBe(1);
      await node.close();
      await proxy.close();
    });

    test("report a failed start", async () => {
      const unavailable = { code: "storage_unavailable" };
      const reminders = await openReminders(url, Date.now, () => undefined);
      await server.stop("fast");
      await expect(reminders.start({ look: () => undefined, sweep: async () => 0 })).rejects.toMatchObject(unavailable);
      await expect(openReminders(url, Date.now, () => undefined)).rejects.toMatchObject(unavailable);
      await reminders.stop();
      await server.start();
    });

    test("listen again after an outage of the server, with a look for missed jobs", {
      timeout: 60_000,
    }, async () => {
      const [one, two] = [await open(), await open()];
      await quiet(two);
      await server.stop("immediate");
      await expect(one.store.commit([due("webhook")])).rejects.toMatchObject({ code: "storage_unavailable" });
      await server.start();
      await expect.poll(() => two.looks.length, { timeout: 30_000 }).toBeGreaterThan(0);
      await quiet(two);
      await one.store.commit([due("webhook")]);
      await expect.poll(() => two.looks[0]).toEqual(["webhook"]);
      expect(one.logged).toContain("wakes_failed");
    });
  },
);

function due(queue: Queue): Write {
  return { type: "job", job: aJob({ queue, dueAt: Date.now() }) };
}
