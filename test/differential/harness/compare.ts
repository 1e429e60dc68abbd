import type { Seen } from './seen.js';

/** What one runtime did with a configuration: what was seen inside, or its error. */
export interface Result {
  readonly seen: Seen | null;
  readonly words: string;
}

/** What each runtime does in its own way, within the specification: if only one peer ran a configuration, a difference means nothing. */
const free = /^(mount|propagation|dev|root|paths|keyring|environment|terminal|session|group)\b/;

/**
 * Where tsrun stands alone: neither of the peers that ran it saw the same. One line for each name. What is `demanded` is compared with the
 * specification instead, also where it is `unknownToPeers`, so that none of them takes it.
 */
export function differences(
  own: Result,
  peers: readonly Result[],
  demanded: Readonly<Record<string, string>> = {},
  unknownToPeers = false,
): readonly string[] {
  const others = peers.flatMap(({ seen }) => (seen === null ? [] : [seen]));
  const refused = peers.map(({ words }) => words).join(' | ');
  if (own.seen === null) return others.length === peers.length ? [`refused: ${own.words}`] : [];
  const { seen } = own;
  const wrong = Object.entries(demanded)
    .filter(([name, value]) => seen.get(name) !== value)
    .map(([name, value]) => `${name}: ${String(seen.get(name))}, demanded ${value}`);
  // One that ends with 0 has run it, whatever it made of the output: crun relays some terminals through its log.
  const unreadable = peers.some(({ words }) => words.startsWith('0: '));
  if (others.length === 0) return unknownToPeers || unreadable ? wrong : [`accepted: the peers say ${refused}`, ...wrong];
  const names = new Set([seen, ...others].flatMap((one) => [...one.keys()]));
  const counts = (name: string): boolean => !Object.hasOwn(demanded, name) && (others.length === peers.length || !free.test(name));
  const alone = [...names]
    .filter((name) => counts(name) && others.every((other) => other.get(name) !== seen.get(name)))
    .map((name) => `${name}: ${String(seen.get(name))}, the peers ${others.map((other) => String(other.get(name))).join(' | ')}`);
  return [...wrong, ...alone];
}
