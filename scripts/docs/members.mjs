/**
 * For typedoc: the members of a class or interface are its own, wherever they were declared. Without this, the pages name base classes that
 * users cannot import, and `Pick`.
 */
import { Converter } from 'typedoc';

const beforeRendering = -1000;

/** @param {import('typedoc').Application} app */
export function load(app) {
  const forgetOrigin = ({ project }) => {
    for (const reflection of Object.values(project.reflections)) {
      delete reflection.inheritedFrom;
      delete reflection.overwrites;
      const { typeHierarchy: bases } = reflection;
      if (bases === undefined || bases.isTarget) continue;
      bases.types = bases.types.filter((type) => type.reflection !== undefined);
      if (bases.types.length === 0) reflection.typeHierarchy = bases.next;
    }
  };
  app.converter.on(Converter.EVENT_RESOLVE_END, forgetOrigin, beforeRendering);
}
