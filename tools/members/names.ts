import type { Random } from './random.ts';

/** Family names by their share of 100 people (통계청, 2015 인구주택총조사, rounded); the rest has one of the rare ones. */
const FAMILY_NAMES: readonly (readonly [name: string, percent: number])[] = [
  ['김', 22],
  ['이', 15],
  ['박', 8],
  ['최', 5],
  ['정', 4],
  ['강', 2],
  ['조', 2],
  ['윤', 2],
  ['장', 2],
  ['임', 2],
  ['한', 2],
  ['오', 2],
  ['서', 1],
  ['신', 1],
  ['권', 1],
  ['황', 1],
  ['안', 1],
  ['송', 1],
  ['류', 1],
  ['홍', 1],
];
const RARE_FAMILY_NAMES = ['전', '고', '문', '양', '손', '배', '백', '허', '남궁', '제갈', '선우', '독고'] as const;

const FIRST_SYLLABLES = [
  '민',
  '서',
  '지',
  '예',
  '하',
  '도',
  '시',
  '주',
  '수',
  '현',
  '은',
  '태',
  '승',
  '유',
  '동',
] as const;
const SECOND_SYLLABLES = [
  '준',
  '연',
  '우',
  '윤',
  '진',
  '원',
  '호',
  '아',
  '영',
  '빈',
  '희',
  '석',
  '경',
  '훈',
  '린',
] as const;

/** A Korean name: family name, then a given name of two syllables, seldom of one. */
export function koreanName(random: Random): string {
  const given = random.pick(FIRST_SYLLABLES) + (random.chance(0.04) ? '' : random.pick(SECOND_SYLLABLES));
  return familyName(random) + given;
}

function familyName(random: Random): string {
  let percent = random.below(100);
  for (const [name, share] of FAMILY_NAMES) {
    if (percent < share) return name;
    percent -= share;
  }
  return random.pick(RARE_FAMILY_NAMES);
}
