import type { Json } from './state.ts'

function optionOf(spec: Json, value: unknown): Json {
  const fits =
    spec.type === 4
      ? Number.isInteger(value)
      : spec.type === 10
        ? typeof value === 'number'
        : spec.type === 5
          ? typeof value === 'boolean'
          : typeof value === 'string'
  if (!fits) throw new Error(`option ${spec.name}: ${String(value)} is not of type ${spec.type}`)
  if (spec.choices?.length && !spec.choices.some((c: Json) => c.value === value))
    throw new Error(`option ${spec.name}: not a choice`)
  return { name: spec.name, type: spec.type, value }
}

/** Command data as the client sends it for `exp report now` and named values; throws where the client would not send. */
export function commandData(commands: Json[], words: string, values: Json, focused?: string): Json {
  const [name, ...rest] = words.split(' ')
  const command = commands.find((c) => c.name === name && (c.type ?? 1) === 1)
  if (!command) throw new Error(`unknown command /${name}`)
  const chain: Json[] = []
  let level = command
  for (const word of rest) {
    const next = level.options?.find((o: Json) => o.name === word && o.type <= 2)
    if (!next) throw new Error(`unknown subcommand ${word} in /${words}`)
    chain.push(next)
    level = next
  }
  const specs: Json[] = level.options ?? []
  if (specs.some((o) => o.type <= 2)) throw new Error(`/${words} needs a subcommand`)
  for (const key of Object.keys(values))
    if (!specs.some((o) => o.name === key)) throw new Error(`unknown option ${key}`)
  if (!focused)
    for (const o of specs) if (o.required && !(o.name in values)) throw new Error(`missing option ${o.name}`)
  let options = specs
    .filter((o) => o.name in values)
    .map((o) =>
      o.name === focused
        ? { name: o.name, type: o.type, value: values[o.name], focused: true }
        : optionOf(o, values[o.name]),
    )
  for (const part of chain.reverse())
    options = [{ name: part.name, type: part.type, options } as Json] as never
  return { id: command.id, name, type: 1, options }
}
