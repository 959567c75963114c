import { problemsOfBlocks } from './check-slack-blocks.ts'

type Json = Record<string, any>

const MAX = { title: 24, blocks: 100, metadata: 3_000, callback: 255, json: 250_000 }

/** Everything that Slack would refuse about a modal or a Home tab, as pointers with reasons; empty when nothing. */
export function problemsOfView(view: Json, type: 'modal' | 'home'): string[] {
  const problems: string[] = []
  const check = (ok: boolean, problem: string) => {
    if (!ok) problems.push(problem)
  }
  const plain = (key: 'title' | 'submit' | 'close', required: boolean) => {
    const text = view[key]
    if (text === undefined) return check(!required, `missing required field: ${key} [json-pointer:/view]`)
    const fits = typeof text.text === 'string' && text.text.length >= 1 && text.text.length <= MAX.title
    check(text.type === 'plain_text' && fits, `must be 1 to ${MAX.title} [json-pointer:/view/${key}/text]`)
  }
  check(view.type === type, `must be ${type} [json-pointer:/view/type]`)
  if (type === 'modal') {
    plain('title', true)
    plain(
      'submit',
      view.blocks.some((block: Json) => block.type === 'input'),
    )
    plain('close', false)
  } else
    for (const key of ['title', 'submit', 'close']) check(view[key] === undefined, `a home has no ${key}`)
  check(view.blocks.length >= 1 && view.blocks.length <= MAX.blocks, `/view/blocks has ${view.blocks.length}`)
  check((view.private_metadata ?? '').length <= MAX.metadata, '/view/private_metadata is too long')
  check((view.callback_id ?? '').length <= MAX.callback, '/view/callback_id is too long')
  check(JSON.stringify(view).length <= MAX.json, 'view_too_large')
  return [...problems, ...problemsOfBlocks(view.blocks, type)]
}
