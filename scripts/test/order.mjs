/**
 * The stages whose names contain one of the words, in their own order; all of them without words. The first word that is in no name, if
 * there is one.
 */
export function chosen(stages, words) {
  const unknown = words.find((word) => !stages.some(({ name }) => name.includes(word)));
  if (unknown !== undefined) return unknown;
  return words.length === 0 ? stages : stages.filter(({ name }) => words.some((word) => name.includes(word)));
}

/** What runs at the same time: neighbours with the same word in `beside`; the others alone. */
export function groups(stages) {
  const result = [];
  for (const stage of stages) {
    const last = result.at(-1);
    if (stage.beside !== undefined && last?.[0].beside === stage.beside) last.push(stage);
    else result.push([stage]);
  }
  return result;
}

/** The stages that run in front, and those that run behind them. */
export function parts(stages) {
  return { front: stages.filter(({ behind }) => behind !== true), back: stages.filter(({ behind }) => behind === true) };
}
