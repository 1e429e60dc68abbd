import { expect, test } from 'vitest';
import { failuresOfCleaning } from '../../machine/failure_points.js';
import { scenarios } from './scenarios.js';

const making = scenarios.filter(({ leaves, name }) => leaves === 'nothing' || name === 'exec');

test.each(making.map((scenario) => [scenario.name, scenario] as const))(
  '%s: where the removal of what was made fails, too, the first error is reported, the rest is removed, and delete --force can do it all',
  async (_, scenario) => {
    expect(await failuresOfCleaning(scenario)).toEqual([]);
  },
);
