import { expect, test } from 'vitest';
import { failurePoints } from '../../machine/failure/points.js';
import { otherWays } from './other_ways.js';
import { scenarios } from './scenarios.js';

test.each([...scenarios, ...otherWays].map((scenario) => [scenario.name, scenario] as const))(
  '%s: whichever call fails is reported, and nothing is left',
  async (_, scenario) => {
    const { calls, complaints } = await failurePoints(scenario);
    expect(calls).toBeGreaterThan(3);
    expect(complaints).toEqual([]);
  },
);
