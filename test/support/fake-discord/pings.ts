type Json = Record<string, any>

/** Who a new message rings: only `content` counts, and a missing allowed_mentions allows everybody. */
export function pingsOf(body: Json): string[] {
  const text = String(body.content ?? '')
  const allowed = body.allowed_mentions as Json | undefined
  const may = (kind: string, id: string) =>
    !allowed || allowed.parse?.includes(kind) || allowed[kind]?.includes(id)
  const found = new Set<string>()
  for (const [, sign, id] of text.matchAll(/<@([!&]?)(\d{17,19})>/g))
    if (may(sign === '&' ? 'roles' : 'users', id!)) found.add(id!)
  if (/@(everyone|here)\b/.test(text) && (!allowed || allowed.parse?.includes('everyone')))
    found.add('everyone')
  return [...found]
}
