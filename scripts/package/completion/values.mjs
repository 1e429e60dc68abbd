/** Where the values of an option come from: `files`, `directories`, a list of words, or nowhere. */
export function valuesOf({ value, about }) {
  if (value === undefined) return undefined;
  if (value === 'directory' || value === 'file' || value === 'path') return value === 'directory' ? 'directories' : 'files';
  if (value === 'memory|directory') return ['memory'];
  const choices = /^([a-z]+(?:, [a-z]+)*) or ([a-z]+)\b/.exec(about);
  return choices === null ? [] : [...choices[1].split(', '), choices[2]];
}

/** Whether the first argument of a verb is the id of a container that exists. */
export const takesContainer = ({ name, usage }) => usage.includes('container-id') && !['create', 'run', 'plan'].includes(name);

/** As they are typed: `--name` first. */
export const spellings = ({ name, short, aliases }) =>
  [name, ...(short === undefined ? [] : [short]), ...aliases].map((word) => (word.length === 1 ? `-${word}` : `--${word}`));

/** What stands alone after it. An optional value can only follow after `=`. */
export const takesWord = ({ value, valueIsOptional }) => value !== undefined && !valueIsOptional;
