/** Beginnings that put a clause where the subject should stand. */
const ENGLISH =
  /^(?:what|who|whose|whom|where|which|whatever|whoever|whomever|whichever|wherever|of|(?:the )?(?:one|ones|that|those|all|any|anything|everything|nothing|none|nobody) (?:that|which|who|whose|whom))(?![\p{L}'’-])/iu;

const RUSSIAN =
  /^(?:что|чего|чему|чем|кто|кого|кому|кем|чей|чья|чьё|чьи|чьего|чьей|чьих|где|куда|откуда|(?:всё|все|то|того|тому|тем|тот|та|те|тех), (?:что|чего|чему|чем|кто|кого|котор\p{L}+))(?![\p{L}-])/iu;

/** The relative word at the beginning of a text, in lower case; null when there is none. */
export function findRelativeStart(text: string): string | null {
  const start = text.replace(/^[^\p{L}\p{N}`«"“]+/u, "");
  return (ENGLISH.exec(start) ?? RUSSIAN.exec(start))?.[0].toLowerCase() ?? null;
}
