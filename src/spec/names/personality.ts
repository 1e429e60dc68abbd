/** PER_* of linux/personality.h by the specification's names (config-linux.md, "Personality"). */
export const personalityDomains = { LINUX: 0x0, LINUX32: 0x8 } as const;

export type PersonalityDomain = keyof typeof personalityDomains;
