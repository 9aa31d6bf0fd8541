/** Whether an INN has 10 or 12 digits and right control digits (БП 3.0.198, ИдентификационныеНомераНалогоплательщиков). */
export function isInn(inn: string): boolean {
  if (/^0+$/.test(inn)) return false;
  if (/^\d{10}$/.test(inn)) return controlDigit(inn, [2, 4, 10, 3, 5, 9, 4, 6, 8]) === Number(inn[9]);
  if (!/^\d{12}$/.test(inn)) return false;
  const weights = [3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8];
  return controlDigit(inn, weights.slice(1)) === Number(inn[10]) && controlDigit(inn, weights) === Number(inn[11]);
}

function controlDigit(inn: string, weights: readonly number[]): number {
  return (weights.reduce((sum, weight, at) => sum + weight * Number(inn[at]), 0) % 11) % 10;
}

/** Whether a КПП has 9 places: digits, places 5 and 6 may be letters. */
export function isKpp(kpp: string): boolean {
  return /^\d{4}[\dA-Z]{2}\d{3}$/.test(kpp);
}
