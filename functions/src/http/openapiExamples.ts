/** A request body that would be taken, by the operation it belongs to. For NDJSON, the text of two lines. */
export const EXAMPLES: Readonly<Record<string, unknown>> = {
  createCampaign: {
    id: 'spring-2026',
    kind: 'marketing',
    audience: { members: { from: 1, to: 1_000_000, where: { tagsAny: ['vip'] } } },
    message: {
      title: '(광고) {{name|고객}}님, 봄 세일',
      body: '오늘부터 전 품목 30% 할인. 수신거부: 앱 설정 > 알림',
      imageUrl: 'https://cdn.example.com/spring.png',
      data: { deeplink: 'app://sale/spring' },
      android: { priority: 'high', ttlSeconds: 3_600, channelId: 'sale' },
      apns: { sound: 'default' },
      webpush: { link: 'https://www.example.com/sale' },
    },
    schedule: { at: '2026-12-01T11:07:00+09:00', until: '2026-12-01T20:50:00+09:00' },
    policy: { night: 'hold', onAmbiguous: 'resend' },
    pace: { perSecond: 2_000 },
    ad: { sender: '봉수백화점', optOut: '수신거부: 앱 설정 > 알림', autoLabel: true },
  },
  estimateCampaign: {
    kind: 'transactional',
    audience: { members: { from: 1, to: 1_000_000 } },
    message: { title: '점검 안내', body: '오늘 밤 2시부터 3시까지 점검합니다.' },
  },
  testCampaign: {
    to: [{ memberNo: 123 }, { token: 'registration-token', vars: { name: '김하늘' } }],
    validateOnly: true,
  },
  patchCampaign: { schedule: { at: '2026-12-02T00:00:00+09:00', localTime: '10:05' } },
  patchMember: { consent: { marketing: { granted: false, at: '2026-03-01T09:00:00+09:00' } } },
  putRecipients: [
    { key: 'order-1', memberNo: 123, title: '주문이 발송됐어요', body: '{{name|고객}}님, 오늘 도착합니다.' },
    {
      key: 'order-2',
      token: 'registration-token',
      title: '주문이 발송됐어요',
      body: '내일 도착합니다.',
      data: { no: '2' },
    },
  ]
    .map((recipient) => `${JSON.stringify(recipient)}\n`)
    .join(''),
  putMembers: [
    {
      memberNo: 123,
      addresses: [{ token: 'registration-token', platform: 'android', registeredAt: '2026-02-01T09:00:00+09:00' }],
      consent: { marketing: { granted: true, at: '2026-01-15T12:30:00+09:00' }, night: null },
      timeZone: 'Asia/Seoul',
      vars: { name: '김하늘' },
      tags: ['vip'],
    },
    { memberNo: 124 },
  ]
    .map((member) => `${JSON.stringify(member)}\n`)
    .join(''),
};
