import type { Text } from "./text.ts";

/** Names of the commands, in the order of the list. */
export const COMMAND_NAMES = ["serve", "migrate", "doctor", "reconcile", "backup", "secret", "send"] as const;

export type CommandName = (typeof COMMAND_NAMES)[number];

export const SUMMARIES: Readonly<Record<CommandName, Text>> = {
  serve: {
    en: "run the relay (--demo: with a personal cabinet to try it in)",
    ru: "запустить шлюз (--demo: вместе с личным кабинетом для пробы)",
  },
  migrate: { en: "bring the database up to this version", ru: "привести базу данных шлюза к этой версии" },
  doctor: {
    en: "check the connection to 1C, with what to do (--write: also try to write)",
    ru: "проверить подключение к 1С и сказать, что исправить (--write: с пробной записью)",
  },
  reconcile: { en: "compare acts and payment orders with 1C", ru: "сверить акты и платёжные поручения с 1С" },
  backup: {
    en: "copy the SQLite database to a file, while it is in use",
    ru: "скопировать базу SQLite в файл, не останавливая шлюз",
  },
  secret: {
    en: "make a secret for webhooks or document links",
    ru: "сделать ключ для вебхуков или ссылок на документы",
  },
  send: {
    en: "sign one event and send it, as the platform does",
    ru: "подписать одно событие и отправить, как это делает платформа",
  },
};

export const OVERVIEW = (commands: Text): Text => ({
  en: `Usage: onec-relay COMMAND [options]

A durable relay between a platform that pays its agents and the company's 1C.

Commands:
${commands.en}

Options:
  -h, --help     show this help, or that of a command
  -v, --version  show the version

Settings come from the environment; .env.example lists them.`,
  ru: `Запуск: onec-relay КОМАНДА [ключи]

Надёжный шлюз между платформой, которая платит агентам, и 1С компании.

Команды:
${commands.ru}

Ключи:
  -h, --help     показать эту справку или справку команды
  -v, --version  показать версию

Настройки берутся из переменных окружения; все перечислены в .env.example.
Язык сообщений: RELAY_LANG=ru или en; без неё — по языку системы (LANG).`,
});

const OPTIONS: Text = {
  en: `  --env-file PATH    read settings from this file; without it, from .env in the
                     working folder if there is one. The environment has the last word.
  -h, --help         show this help`,
  ru: `  --env-file ПУТЬ    взять настройки из этого файла; без ключа — из .env в текущей папке,
                     если он есть. Переменные окружения важнее файла.
  -h, --help         показать эту справку`,
};

/** Defaults of options. The wait is the longest pause between two runs of 1C's scheduled job. */
export const DEFAULTS = { doctorWaitSeconds: 30, reconcileDays: 90, sendSecret: "PLATFORM_INBOUND_SECRET" } as const;

export const HELP: Readonly<Record<CommandName, Text>> = {
  serve: {
    en: `Usage: onec-relay serve [--demo] [--env-file PATH]

Runs the relay until SIGTERM, SIGINT or SIGHUP: then it takes nothing more and lets what runs finish within
ten seconds; another signal, half a second later or more, ends it at once. The log goes to stdout, one JSON
object a line.
Without any settings it listens on 127.0.0.1:8080 over a mock of 1C and keeps its data in ./data.

Options:
  --demo             also serve a personal cabinet that plays the platform, at /demo/;
                     only over the mock and on a loopback address
${OPTIONS.en}`,
    ru: `Запуск: onec-relay serve [--demo] [--env-file ПУТЬ]

Работает до сигнала SIGTERM, SIGINT или SIGHUP: после него новое не принимается, а начатое получает десять
секунд, чтобы закончиться; второй сигнал через полсекунды и позже останавливает сразу. Журнал идёт в stdout,
по одному объекту JSON в строке.
Без настроек шлюз слушает 127.0.0.1:8080, работает с учебной 1С и хранит данные в ./data.

Ключи:
  --demo             открыть ещё и личный кабинет, который играет платформу, по адресу /demo/;
                     только с учебной 1С и только на этой машине
${OPTIONS.ru}`,
  },
  migrate: {
    en: `Usage: onec-relay migrate [--env-file PATH]

Applies the migrations that the database of DATABASE_URL still lacks. "serve" does the same at its start.

Options:
${OPTIONS.en}`,
    ru: `Запуск: onec-relay migrate [--env-file ПУТЬ]

Приводит базу данных из DATABASE_URL к этой версии шлюза. То же самое делает serve при запуске.

Ключи:
${OPTIONS.ru}`,
  },
  doctor: {
    en: `Usage: onec-relay doctor [--write] [--wait SECONDS] [--json] [--env-file PATH]

Checks 1C as the settings name it: reachable, password, rights, publication, every object and field the
relay uses, 1C's options, organisation and its account, clocks. Prints a table in Russian: ✓ fine, ✗ to be
mended, – not checked («не проверено»), with what to do, in the names of 1C's own menus. Changes nothing
without --write. Rights to write show only with --write. Reading the description of a large infobase may
take half a minute.
Where 1C fetches its commands (ONEC_TRANSPORT=pull), the check is left for it in the relay's database: the
relay's server has to run over the same database, and 1C's job to come for it.
Exit code 0: nothing to be mended, 1: something is.

Options:
  --write            also try to write: makes a test entrepreneur, an act of one rouble dated today and
                     an unposted payment order, named «Проверка обмена onec-relay, можно удалить» and
                     «НЕ ОПЛАЧИВАТЬ»; posts the act, unposts it, and marks everything for deletion,
                     also when a step fails. Nothing is deleted for good: that is done in 1C,
                     «Удаление помеченных объектов». Through the extension (ACCOUNTING=onec-http) 1C
                     only writes a test counterparty in a transaction that it rolls back
  --wait SECONDS     how long to wait for a 1C that fetches its commands; default: ${DEFAULTS.doctorWaitSeconds}
  --json             one JSON object instead of the table
${OPTIONS.en}`,
    ru: `Запуск: onec-relay doctor [--write] [--wait СЕКУНДЫ] [--json] [--env-file ПУТЬ]

Проверяет 1С по настройкам: связь, пароль, права, публикацию, все объекты и поля, нужные шлюзу, параметры
учёта, организацию и её счёт, часы. Печатает таблицу: ✓ в порядке, ✗ нужно исправить, – не проверено, и
говорит, что сделать, словами из меню 1С. Без --write ничего не меняет. Права на запись видны только
с --write. Описание большой базы читается до полуминуты.
Если 1С сама забирает команды (ONEC_TRANSPORT=pull), проверка оставляется для неё в базе шлюза: сервер шлюза
должен работать с той же базой, а задание 1С — прийти за командой.
Код завершения 0: исправлять нечего, 1: есть что исправить.

Ключи:
  --write            попробовать и запись: завести пробного предпринимателя, акт на один рубль сегодняшним
                     днём и непроведённое платёжное поручение с именами «Проверка обмена onec-relay,
                     можно удалить» и «НЕ ОПЛАЧИВАТЬ»; провести акт, отменить проведение и пометить
                     всё на удаление, даже если какой-то шаг не удался. Насовсем ничего не удаляется:
                     это делают в 1С, «Удаление помеченных объектов». Через расширение
                     (ACCOUNTING=onec-http) 1С лишь пишет пробного контрагента и отменяет запись
  --wait СЕКУНДЫ     сколько ждать 1С, которая сама забирает команды; обычно ${DEFAULTS.doctorWaitSeconds}
  --json             один объект JSON вместо таблицы
${OPTIONS.ru}`,
  },
  reconcile: {
    en: `Usage: onec-relay reconcile [--since DATE] [--json] [--env-file PATH]

Compares the acts and payment orders of the relay's database with what stands in 1C, in Russian: missing,
not posted, marked for deletion, changed (amount, date, number, counterparty), not voided, doubled, and
documents with the relay's marker that it does not know, as after a restore of its database. Changes
nothing, here or there; may run beside "serve". Exit code 0: nothing found, 1: something is wrong.

Options:
  --since DATE       documents of this day and later, YYYY-MM-DD; default: the last ${DEFAULTS.reconcileDays} days
  --json             one JSON object instead of the table
${OPTIONS.en}`,
    ru: `Запуск: onec-relay reconcile [--since ДАТА] [--json] [--env-file ПУТЬ]

Сверяет акты и платёжные поручения в базе шлюза с тем, что есть в 1С: нет в 1С, не проведён, помечен на
удаление, изменён (сумма, дата, номер, контрагент), не отменён, задвоен, а также документы с отметкой шлюза,
которых он не знает, например после восстановления его базы. Ничего не меняет ни здесь, ни в 1С; можно
запускать рядом с serve. Код завершения 0: расхождений нет, 1: есть.

Ключи:
  --since ДАТА       документы с этого дня, ГГГГ-ММ-ДД; обычно за последние ${DEFAULTS.reconcileDays} дней
  --json             один объект JSON вместо таблицы
${OPTIONS.ru}`,
  },
  backup: {
    en: `Usage: onec-relay backup FILE [--env-file PATH]

Writes the SQLite database of DATABASE_URL to FILE as it is at this moment, and checks the copy; "serve" may go
on meanwhile. FILE must not be there yet, and only its owner may read it. The settings and secrets.json beside
the database are not in it. A Postgres database is backed up with Postgres' own tools.

Options:
${OPTIONS.en}`,
    ru: `Запуск: onec-relay backup ФАЙЛ [--env-file ПУТЬ]

Записывает базу SQLite из DATABASE_URL в ФАЙЛ такой, какая она сейчас, и проверяет копию; serve может работать.
Файла ещё не должно быть; прочитать его сможет только владелец. Настройки и secrets.json рядом с базой в копию
не входят. Базу Postgres копируют её собственными средствами.

Ключи:
${OPTIONS.ru}`,
  },
  secret: {
    en: `Usage: onec-relay secret

Prints a new whsec_… secret: 32 random bytes. It fits every setting that ends with _SECRET.
Set one and the same on both sides. To replace one, put the new one before the old one
("NEW,OLD") on the side that verifies, then change the side that signs, then drop the old one.

Options:
  -h, --help         show this help`,
    ru: `Запуск: onec-relay secret

Печатает новый ключ whsec_…: 32 случайных байта. Годится для любой настройки, имя которой кончается на _SECRET.
На обеих сторонах указывают один и тот же ключ. Чтобы заменить его, на проверяющей стороне поставьте новый перед
старым («НОВЫЙ,СТАРЫЙ»), затем смените ключ на подписывающей стороне, затем уберите старый.

Ключи:
  -h, --help         показать эту справку`,
  },
  send: {
    en: `Usage: onec-relay send FILE.json --to URL [--id ID] [--secret-env NAME] [--env-file PATH]

Signs the bytes of the file as they are and sends them as one webhook; "-" reads them from stdin. Prints the
status and the answer. Exit code 0 means 2xx.

Options:
  --to URL           where to; without a path it means /webhooks/platform there
  --id ID            webhook-id; the same one again is a repeat. Default: a new one
  --secret-env NAME  the setting with the secret, default ${DEFAULTS.sendSecret}. Where that is
                     not set and URL is on this machine: what the relay made for itself
${OPTIONS.en}`,
    ru: `Запуск: onec-relay send ФАЙЛ.json --to АДРЕС [--id ID] [--secret-env ИМЯ] [--env-file ПУТЬ]

Подписывает содержимое файла как есть и отправляет одним вебхуком; «-» читает его из stdin. Печатает код ответа
и сам ответ. Код завершения 0 означает ответ 2xx.

Ключи:
  --to АДРЕС         куда; без пути — на /webhooks/platform по этому адресу
  --id ID            webhook-id; тот же самый означает повтор. Обычно новый
  --secret-env ИМЯ   настройка с ключом, обычно ${DEFAULTS.sendSecret}. Если она не указана,
                     а адрес на этой машине, берётся ключ, который шлюз сделал себе сам
${OPTIONS.ru}`,
  },
};
