import { VERBS } from "./verbs.ts";

/** First words beside the verbs: a question, a conversion, an event, an addition. */
const PREFIXES = new Set(["is", "has", "can", "should", "may", "must", "to", "from", "on", "with"]);

/** `statusOf`, `lineOf`: a part or a property of the argument. */
const ACCESSOR = /[a-z0-9]Of$/;

/** Names without a verb, each with the reason to keep the name. */
const EXCEPTIONS: Readonly<Record<string, string>> = {
  uuidV5: "the name of the algorithm in RFC 9562",
  sha256Hex: "the name of the algorithm and of its notation",
  timingSafeEqual: "the name of the function in Node.js and in Workers",
};

const ADJECTIVES = new Set(
  `absent alive all ambiguous another any apart ascii bare better both bound closer dead dispensable drawable due dry
  dying each empty endless equal everyone everything existing faulty feminine few fewest fine first flat forgetful free
  fresh full good gray greedy idle invalid last late later latest live long loose lossy main malformed many missing mortal
  mute new newest next no nothing oldest only other ours own plain pretty primary printable quiet raw ready recent same
  senseless short slow some sound spare storable stray strict such twin unable unread unkept unsent untold unique unknown
  unparsable unprintable unreadable upper valid void whole wrong zero nearest largest loopback private`.split(/\s+/),
);

const IRREGULAR =
  /^(?:un|re|over)?(?:begun|bent|born|bought|broken|brought|built|buried|caught|chosen|cut|done|drawn|driven|fed|felt|fit|found|given|gone|grown|heard|held|hidden|kept|known|left|lent|lit|lost|made|meant|met|paid|proven|sealed|seen|sent|shown|sold|spent|stood|struck|taken|taught|thrown|told|tried|understood|woken|won|worn|written)$/;

/** Verbs with the sense of a noun before a word of {@link NOUN_TAILS}: `answerType`, `requestBody`. */
const NOUN_HEADS = new Set(
  "answer change claim link list note post print query renew report request settle test visit".split(" "),
);
const NOUN_TAILS = new Set(
  "body compiler content data form id key kind lines name parameters problem report response schema state text type".split(
    " ",
  ),
);

/** Nouns and verbs with the ending of a participle. */
const NO_PARTICIPLE =
  /^(?:need|feed|seed|speed|embed|shed|bleed|proceed|exceed|succeed|string|ring|bring|ping|thing|king)$/;

/** Says why a name breaks the rule for verbs; null for a good name. */
export function judgeName(name: string, returnsBoolean: boolean): string | null {
  if (!/^[a-z]/.test(name) || name.length < 2 || Object.hasOwn(EXCEPTIONS, name) || ACCESSOR.test(name)) return null;
  const [first = "", second = ""] = splitName(name);
  if (NOUN_HEADS.has(first) && NOUN_TAILS.has(second)) return "begins with no verb";
  if (VERBS.has(first) || PREFIXES.has(first)) return null;
  if (returnsBoolean) return "a boolean begins with is, has or can";
  return isDescription(first) ? "begins with a participle or an adjective" : "begins with no verb";
}

/** Says whether the word is a participle or an adjective. */
function isDescription(word: string): boolean {
  if (ADJECTIVES.has(word) || IRREGULAR.test(word)) return true;
  return /(?:ed|ing)$/.test(word) && word.length > 4 && !NO_PARTICIPLE.test(word);
}

/** `readDate` → `read`, `date`. */
function splitName(name: string): string[] {
  return name
    .replace(/([a-z0-9])([A-Z])/g, "$1 $2")
    .toLowerCase()
    .split(/[ _$]+/);
}
