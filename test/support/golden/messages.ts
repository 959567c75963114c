import {
  ask,
  bold,
  buttons,
  context,
  facts,
  header,
  link,
  message,
  paragraph,
  picture,
  text,
} from '../../../src/messages/build.ts'
import type { Block, Inline, Message, More, RunLine } from '../../../src/messages/model.ts'

const PAGE = 'https://exp.example/projects/churn'

function code(line: string): Inline {
  return text(line, 'code')
}

function runs(lines: RunLine[], more?: More): Block {
  return { type: 'runs', runs: lines, ...(more === undefined ? {} : { more }) }
}

function run(number: number) {
  return { ref: `churn#${number}`, url: `${PAGE}/runs/${number}` }
}

function linked(number: number) {
  const { ref, url } = run(number)
  return link(ref, url)
}

const record = message(
  'record',
  'New best accuracy in churn: 0.931 → 0.941, churn#142',
  [
    header('New best accuracy in churn'),
    paragraph('accuracy ', bold('0.931 → 0.941'), ' (+0.010; best, step 1,200)'),
    facts(
      ['Run', [linked(142), text(' wide-net_lr_sweep by ana')]],
      ['Before', [linked(98), text(' resnet50 baseline by bo, stood 3 days')]],
    ),
    paragraph(
      bold('What changed\n'),
      'data train.csv: 3fa9c2d1 → 77b0e4aa\nlr: 0.01 → 0.003\nbatch_size: 64 → 128',
    ),
    context(
      'accuracy: higher is better. No primary metric is set for churn; ',
      code('/exp goal val_accuracy max'),
      ' does.',
    ),
    buttons(
      ask('compare', 'Compare', 'compare churn#98 churn#142', 'primary'),
      ask('show', 'Show', 'show churn#142'),
      { id: 'mute', label: 'Mute for 24 h', action: { do: 'mute', rule: 'best', project: 'churn' } },
    ),
  ],
  'good',
)

const best = message(
  'best',
  'Best accuracy in churn: 0.941 (best, step 1,200), churn#142',
  [
    header('Best accuracy in churn'),
    paragraph(bold('0.941 (best, step 1,200)'), '  ', linked(142), ' wide-net_lr_sweep'),
    facts(
      ['Owner', 'ana'],
      ['Commit', code('77b0e4aa')],
      ['Data', 'train.csv md5:3fa9c2d1'],
      ['Seeds', '3'],
      ['Finished', '2 hours ago'],
    ),
    runs([
      { ...run(98), rank: 2, name: 'resnet50 baseline', value: '0.931', details: ['bo', '3 days ago'] },
      { ...run(77), rank: 3, value: '0.902', details: ['owner not given', '9 days ago', '5 seeds'] },
    ]),
    context('A running run is ahead: ', linked(150), ' 0.95'),
    buttons(
      ask('compare', 'Compare', 'compare churn#142 churn#98', 'primary'),
      ask('show', 'Show', 'show churn#142'),
    ),
  ],
  'good',
)

const OWNERS = ['ana', 'bo', 'Łucja', '実験太郎', 'owner not given']

const leaderboard = message('leaderboard', 'accuracy in churn: 0.941, churn#142 leads 24 runs', [
  header('Leaderboard: accuracy in churn'),
  context('best value of each run, higher is better'),
  runs(
    Array.from({ length: 10 }, (_, index) => ({
      ...run(142 - index * 7),
      rank: index + 1,
      name: index === 4 ? '<!channel> *x* @everyone <script>' : `resnet_${index}_wide_long_run_name`,
      value: (0.941 - index * 0.004).toFixed(3),
      details: [OWNERS[index % OWNERS.length] ?? '', `${index + 1} days ago`],
    })),
    { count: 14, url: PAGE },
  ),
  picture(
    {
      kind: 'bar',
      title: 'accuracy in churn',
      subtitle: 'the best 10 of 24 runs, higher is better',
      xLabel: 'accuracy',
      from: 0.9,
      bars: Array.from({ length: 10 }, (_, index) => ({
        place: `${index + 1}.`,
        name: `churn#${142 - index * 7}`,
        value: 0.941 - index * 0.004,
        text: (0.941 - index * 0.004).toFixed(3),
        strong: index === 0,
      })),
    },
    'churn#142 leads 10 runs with 0.941; the last of them has 0.905. The bars begin at 0.9, not at zero.',
  ),
  buttons({ id: 'board', label: 'Open board', action: { do: 'open', url: `${PAGE}?metric=accuracy` } }),
])

const COMMANDS = [
  ['best accuracy in churn where lr<0.01 since:7d', 'The best run by a metric'],
  ['leaderboard accuracy in churn top 10', 'The runs of a project in the order of a metric'],
  ['show churn#142', 'One run: what went in, what came out'],
  ['compare churn#142 churn#98', 'What differs between runs'],
  ['watch churn best,failed', 'New bests and failures of a project, here'],
  ['schedule leaderboard in churn mon 09:00 Europe/Berlin', 'A board at fixed times, here'],
] as const

const help = message('help', 'What you can ask', [
  header('What you can ask'),
  ...COMMANDS.map(([line, summary]) => paragraph(code(`/exp ${line}`), `\n${summary}`)),
])

const question = message('question', 'Which way is foo_score better?', [
  header('Which way is foo_score better?'),
  paragraph('Nobody has said yet whether a higher or a lower foo_score is better in churn.'),
  buttons(
    {
      id: 'max',
      label: 'Higher is better',
      style: 'primary',
      action: { do: 'goal', project: 'churn', metric: 'foo_score', direction: 'max', then: 'best foo_score' },
    },
    {
      id: 'min',
      label: 'Lower is better',
      action: { do: 'goal', project: 'churn', metric: 'foo_score', direction: 'min', then: 'best foo_score' },
    },
  ),
])

const failure = message(
  'failure',
  'Run failed: churn#143, owner ana: torch.cuda.OutOfMemoryError: CUDA out of memory.',
  [
    header('Run failed: churn#143'),
    facts(
      ['Run', [linked(143), text(' wide-net')]],
      ['Owner', 'ana'],
      ['Ran for', '2 h 14 min'],
      ['Host', 'node-3'],
    ),
    {
      type: 'code',
      text: 'torch.cuda.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB (GPU 0; 79.15 GiB total capacity)',
    },
    buttons(ask('show', 'Show', 'show churn#143'), {
      id: 'board',
      label: 'Open board',
      action: { do: 'open', url: PAGE },
    }),
  ],
  'bad',
)

const compare = message(
  'compare',
  'churn#142 against churn#98: accuracy 0.931 against 0.941, better',
  [
    header('churn#98 against churn#142'),
    paragraph(
      bold('A '),
      linked(98),
      ' resnet50 baseline by bo · ',
      bold('B '),
      linked(142),
      ' wide-net by ana',
    ),
    paragraph(
      bold('These runs are not comparable as they stand: '),
      'data differs: train.csv 3fa9c2d1 -> 77b0e4aa',
    ),
    {
      type: 'table',
      columns: [
        { title: 'Differs', align: 'left' },
        { title: 'A', align: 'left' },
        { title: 'B', align: 'left' },
      ],
      rows: [
        [{ text: 'accuracy' }, { text: '0.931' }, { text: '0.941 (+0.010, better)', bold: true }],
        [{ text: 'val_loss' }, { text: '0.21' }, { text: '0.19 (-0.02, better)', bold: true }],
        [{ text: 'data train.csv' }, { text: '3fa9c2d1' }, { text: '77b0e4aa' }],
        [{ text: 'lr' }, { text: '0.01' }, { text: '0.003' }],
        [{ text: 'optimizer' }, { text: 'none' }, { text: 'adamw' }],
      ],
      more: { count: 3, url: `${PAGE}/compare` },
    },
  ],
  'warning',
)

const failureLog = message('failure-details', 'The last 3 lines of churn#143', [
  paragraph(bold('The last 3 lines')),
  {
    type: 'code',
    text: 'epoch 12 step 14,000 loss 0.213\nepoch 12 step 14,100 loss 0.209 `peak` <mem> & more\ntorch.cuda.OutOfMemoryError: CUDA out of memory.',
  },
])

/** One message of each kind that people see most, as the commands and alerts build them. */
export const GOLDEN: Record<string, Message> = {
  record,
  best,
  leaderboard,
  help,
  question,
  failure,
  failureLog,
  compare,
}
