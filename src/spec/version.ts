/** The newest version of the runtime specification that tsrun implements. */
export const specVersion = '1.3.0';
