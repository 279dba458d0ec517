import type { z } from 'zod';

/** The parts of a zod schema's definition that lead to the keys an object may have. */
interface Definition {
  type: string;
  shape?: Record<string, z.ZodType>;
  innerType?: z.ZodType;
  element?: z.ZodType;
  valueType?: z.ZodType;
  options?: readonly z.ZodType[];
  items?: readonly z.ZodType[];
  discriminator?: string;
  in?: z.ZodType;
  out?: z.ZodType;
  values?: readonly unknown[];
}

/**
 * The keys that `schema` knows at `path`; of a discriminated union, those of the branch that `value` chose, else of all branches.
 * Empty where any key may stand (a record) or none can.
 */
export function knownKeys(schema: z.ZodType, path: readonly PropertyKey[], value: unknown): string[] {
  const { shape } = definition(schemaAt(schema, path, value));
  if (shape) return Object.keys(shape);
  const reached = definition(schemaAt(schema, path, value));
  return reached.type === 'union'
    ? [...new Set((reached.options ?? []).flatMap((option) => knownKeys(option, [], value)))]
    : [];
}

function schemaAt(schema: z.ZodType, path: readonly PropertyKey[], value: unknown): z.ZodType {
  const bare = choose(unwrap(schema), value);
  const [key, ...rest] = path;
  if (key === undefined) return bare;
  const def = definition(bare);
  const inside = isObject(value) ? value[key as string] : undefined;
  const next =
    def.shape?.[String(key)] ??
    def.element ??
    def.valueType ??
    def.items?.[Number(key)] ??
    def.options?.map((option) => definition(unwrap(option)).shape?.[String(key)]).find((found) => found !== undefined);
  return next ? schemaAt(next, rest, inside) : bare;
}

/** A union's branch for this value, by its discriminator; else the only branch that is an object; else the union itself. */
function choose(schema: z.ZodType, value: unknown): z.ZodType {
  const { type, options, discriminator } = definition(schema);
  if (type !== 'union' || !options) return schema;
  if (discriminator !== undefined && isObject(value)) {
    const wanted = value[discriminator];
    const match = options.map(unwrap).find((option) => {
      const key = definition(option).shape?.[discriminator];
      return key !== undefined && (definition(key).values ?? []).includes(wanted);
    });
    if (match) return match;
  }
  const objects = options.map(unwrap).filter((option) => definition(option).type === 'object');
  return objects.length === 1 ? objects[0]! : schema;
}

function unwrap(schema: z.ZodType): z.ZodType {
  const { innerType, in: input, out } = definition(schema);
  // What prepares a value before it is checked knows no keys.
  const inner = innerType ?? (input && definition(input).type === 'transform' ? out : input);
  return inner ? unwrap(inner) : schema;
}

function definition(schema: z.ZodType): Definition {
  return schema.def as unknown as Definition;
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
