type Json = Record<string, any>

/** Slack's documented numbers (and the observed total), apart from the renderer's own. */
const MAX = {
  blocks: 50,
  json: 13_200,
  header: 150,
  context: 10,
  contextText: 2_000,
  actions: 25,
  buttonText: 75,
  buttonUrl: 3_000,
  actionId: 255,
  rows: 100,
  columns: 20,
  tableText: 10_000,
  alt: 2_000,
  title: 2_000,
  imageUrl: 3_000,
}

/** Everything that Slack would refuse about a message's blocks, as pointers with reasons; empty when nothing. */
export function problemsOfBlocks(blocks: Json[]): string[] {
  const problems: string[] = []
  const check = (ok: boolean, at: string) => {
    if (!ok) problems.push(at)
  }
  check(blocks.length <= MAX.blocks, `/blocks has ${blocks.length}`)
  check(JSON.stringify(blocks).length <= MAX.json, `msg_blocks_too_long ${JSON.stringify(blocks).length}`)
  check(blocks.filter(({ type }) => type === 'table').length <= 1, 'only_one_table_allowed')
  const ids = blocks
    .flatMap(({ elements = [] }) => elements.map((one: Json) => one.action_id))
    .filter(Boolean)
  check(new Set(ids).size === ids.length, 'action_id is not unique')
  blocks.forEach((block, index) => checkBlock(block, `/blocks/${index}`, check))
  return problems
}

type Check = (ok: boolean, at: string) => void

function checkBlock(block: Json, at: string, check: Check): void {
  const within = (text: unknown, max: number, where: string) =>
    check(typeof text === 'string' && text.length >= 1 && text.length <= max, `${at}${where}: 1 to ${max}`)
  switch (block.type) {
    case 'header':
      return within(block.text.text, MAX.header, '/text')
    case 'context':
      check(block.elements.length >= 1 && block.elements.length <= MAX.context, `${at}/elements`)
      return block.elements.forEach((one: Json, i: number) =>
        within(one.text, MAX.contextText, `/elements/${i}`),
      )
    case 'actions':
      check(block.elements.length >= 1 && block.elements.length <= MAX.actions, `${at}/elements`)
      return block.elements.forEach((one: Json, i: number) => {
        within(one.text.text, MAX.buttonText, `/elements/${i}/text`)
        within(one.action_id, MAX.actionId, `/elements/${i}/action_id`)
        if (one.url !== undefined) within(one.url, MAX.buttonUrl, `/elements/${i}/url`)
      })
    case 'image':
      if (block.slack_file === undefined) within(block.image_url, MAX.imageUrl, '/image_url')
      else check(/^F[A-Z0-9]{8,}$/.test(block.slack_file.id), `${at}/slack_file/id`)
      check(block.slack_file === undefined || block.image_url === undefined, `${at} has two pictures`)
      within(block.alt_text, MAX.alt, '/alt_text')
      if (block.title !== undefined) within(block.title.text, MAX.title, '/title')
      return
    case 'rich_text':
      check(block.elements.length >= 1, `${at}/elements is empty`)
      return checkRichText(block.elements, at, check)
    case 'table':
      return checkTable(block, at, check)
    default:
      return check(false, `${at} of type ${block.type}`)
  }
}

function checkRichText(elements: Json[], at: string, check: Check): void {
  for (const section of elements) {
    check(section.elements.length >= 1, `${at} has an empty section`)
    for (const one of section.elements) {
      if (one.type === 'user') {
        check(/^[A-Z0-9]{2,30}$/.test(one.user_id), `${at} mentions ${one.user_id}`)
        continue
      }
      check(one.text.length >= 1, `${at} has an empty text`)
      if (one.type === 'link') check(/^https?:\/\/\S+$/.test(one.url), `${at} links to ${one.url}`)
    }
  }
}

function checkTable({ rows, column_settings }: Json, at: string, check: Check): void {
  check(rows.length >= 1 && rows.length <= MAX.rows, `${at}/rows has ${rows.length}`)
  check(column_settings.length <= MAX.columns, `${at}/column_settings`)
  let size = 0
  for (const row of rows) {
    check(row.length >= 1 && row.length <= MAX.columns, `${at} has a row of ${row.length}`)
    check(row.length === rows[0].length, `${at} has rows of different lengths`)
    for (const cell of row) {
      if (cell.type === 'rich_text') checkRichText(cell.elements, at, check)
      const text = cell.text ?? cell.elements[0].elements.map((one: Json) => one.text).join('')
      check(text.length >= 1, `${at} has an empty cell`)
      size += text.length
    }
  }
  check(size <= MAX.tableText, `${at} holds ${size} characters`)
}
