import type { Block, Inline } from '../messages/model.ts'

/** The accounts that a message pings, each once. */
export function mentionedIn(blocks: Block[]): string[] {
  const accounts = blocks
    .flatMap(inlinesOf)
    .flatMap((part) => (part.type === 'mention' ? [part.account] : []))
  return [...new Set(accounts)]
}

/** The same with names only. */
export function withoutMentions(blocks: Block[]): Block[] {
  const named = (parts: Inline[]) =>
    parts.map((part): Inline => (part.type === 'mention' ? { type: 'text', text: part.text } : part))
  return blocks.map((block): Block => {
    if (block.type === 'text' || block.type === 'context') return { ...block, text: named(block.text) }
    if (block.type !== 'facts') return block
    return { ...block, facts: block.facts.map(({ label, value }) => ({ label, value: named(value) })) }
  })
}

function inlinesOf(block: Block): Inline[] {
  if (block.type === 'text' || block.type === 'context') return block.text
  return block.type === 'facts' ? block.facts.flatMap(({ value }) => value) : []
}
