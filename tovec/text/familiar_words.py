"""Words that every reader knows, by script: what labels and examples begin with where nothing is counted.

The pieces that a tokenizer found first are words of grammar and beginnings of words (`▁con`, `▁pro`), which
say little. Of a script without a list all words are alike.
"""

from types import MappingProxyType

_ENGLISH = """
air animal apple army art baby bank bed bird black blood blue board boat body book box boy bread bridge
brother brown building business butter camera car cat chair chicken child children church city class cloud
coffee cold color computer country cow dance daughter day death doctor dog door dream earth east egg evening
eye face family farm father fear field film fire fish floor flower food foot forest friend game garden girl
glass gold government grass green hair hand happy head heart heat history home horse hospital hot hour house
human husband ice island job journey king kitchen lady lake land language law leaf letter library life light
lion love machine man market meat metal milk mind money month moon morning mother mountain mouse mouth music
name nature night north number ocean office oil old paper park peace people person phone picture plant poor
power price prince queen question rain red rice rich ring river road rock room salt school science sea
season ship sister sky sleep small snow soldier son song south spring star stone storm story street sugar
summer sun table tea teacher time town train tree truth village voice wall war water week west white wife
wind window winter woman women wood word work world yellow young
"""

_KOREAN = """
가게 가격 가슴 가을 가족 감독 감사 강아지 건강 건물 겨울 경제 경찰 고기 고양이 공부 공원 과학 관객 교육 교회
구름 국가 군인 그림 기계 기술 기억 기차 나라 나무 나이 날씨 남자 남편 노래 뉴스 다리 대학 도서관 도시 동물
동생 드라마 딸기 마을 마음 말씀 머리 모래 문제 문화 미래 바다 바람 배우 버스 병원 부모 비행기 빛깔 사과 사람
사랑 사진 산업 생각 생명 생활 서울 선물 선생님 세계 세상 소금 소리 소설 손님 스토리 시간 시장 식물 신문 아기
아들 아버지 아이 아침 아파트 약속 어른 어머니 언니 얼굴 여름 여자 여행 역사 연기 열차 영화 예술 오늘 오빠
요리 우유 우주 운동 웃음 은행 음식 음악 의사 이름 이야기 인간 인생 일본 자동차 자연 작가 저녁 전쟁 전화 정부
정치 종이 주인공 중국 집안 창문 책상 친구 커피 컴퓨터 태양 토요일 평화 하늘 학교 학생 한국 할머니 할아버지
행복 형제 호텔 회사
"""

FAMILIAR_WORDS = MappingProxyType({
    "LATIN": frozenset(_ENGLISH.split()),
    "HANGUL": frozenset(_KOREAN.split()),
})  # fmt: skip
