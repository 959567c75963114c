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
  viewBlocks: 100,
  label: 2_000,
  placeholder: 150,
  input: 3_000,
  optionText: 75,
  optionValue: 150,
  sectionText: 3_000,
}

/** Where blocks are shown: a preview is a message's attachment, a modal and the Home tab are views. */
export type Surface = 'message' | 'unfurl' | 'modal' | 'home'

/** Everything that Slack would refuse about blocks, as pointers with reasons; empty when nothing. */
export function problemsOfBlocks(blocks: Json[], surface: Surface = 'message'): string[] {
  const problems: string[] = []
  const check = (ok: boolean, at: string) => {
    if (!ok) problems.push(at)
  }
  const isView = surface === 'modal' || surface === 'home'
  check(blocks.length <= (isView ? MAX.viewBlocks : MAX.blocks), `/blocks has ${blocks.length}`)
  if (!isView)
    check(JSON.stringify(blocks).length <= MAX.json, `msg_blocks_too_long ${JSON.stringify(blocks).length}`)
  const tables = blocks.filter(({ type }) => type === 'table').length
  check(tables <= (surface === 'message' ? 1 : 0), tables > 1 ? 'only_one_table_allowed' : 'no table here')
  for (const key of ['action_id', 'block_id']) {
    const ids = blocks
      .flatMap((block) => [block, block.element, block.accessory, ...(block.elements ?? [])])
      .map((one: Json | undefined) => one?.[key])
      .filter(Boolean)
    check(new Set(ids).size === ids.length, `${key} is not unique`)
  }
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
        within(one.action_id, MAX.actionId, `/elements/${i}/action_id`)
        if (one.type !== 'button') return checkInput(one, `${at}/elements/${i}`, check)
        within(one.text.text, MAX.buttonText, `/elements/${i}/text`)
        if (one.url !== undefined) within(one.url, MAX.buttonUrl, `/elements/${i}/url`)
      })
    case 'divider':
      return
    case 'section':
      return within(block.text.text, MAX.sectionText, '/text')
    case 'input':
      within(block.label.text, MAX.label, '/label')
      if (block.hint !== undefined) within(block.hint.text, MAX.label, '/hint')
      check(typeof block.block_id === 'string' && block.block_id.length <= MAX.actionId, `${at}/block_id`)
      within(block.element.action_id, MAX.actionId, '/element/action_id')
      return checkInput(block.element, `${at}/element`, check)
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

function checkInput(element: Json, at: string, check: Check): void {
  const { placeholder } = element
  if (placeholder !== undefined)
    check(placeholder.text.length >= 1 && placeholder.text.length <= MAX.placeholder, `${at}/placeholder`)
  switch (element.type) {
    case 'plain_text_input': {
      const most = element.max_length ?? MAX.input
      check(most >= 1 && most <= MAX.input, `${at}/max_length is ${most}`)
      check((element.initial_value ?? '').length <= most, `${at}/initial_value is too long`)
      check(element.initial_value !== '', `${at}/initial_value is empty`)
      return
    }
    case 'external_select':
      if (element.initial_option !== undefined)
        for (const problem of problemsOfOptions([element.initial_option])) check(false, `${at}${problem}`)
      return
    default:
      return check(false, `${at} of type ${element.type}`)
  }
}

/** What Slack would refuse about the options of a select. */
export function problemsOfOptions(options: Json[]): string[] {
  const problems: string[] = []
  if (options.length > 100) problems.push(`/options has ${options.length}`)
  options.forEach(({ text, value }, index) => {
    const told = text?.type === 'plain_text' && text.text.length >= 1 && text.text.length <= MAX.optionText
    if (!told) problems.push(`/options/${index}/text: 1 to ${MAX.optionText}`)
    const valued = typeof value === 'string' && value.length >= 1 && value.length <= MAX.optionValue
    if (!valued) problems.push(`/options/${index}/value: 1 to ${MAX.optionValue}`)
  })
  return problems
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
