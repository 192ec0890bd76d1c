"""Invented names for the sandbox's learners: given and family names of many languages, as code tables.

The pairs are drawn at random, so nobody in particular is meant. The tables hold what breaks careless software: accents,
apostrophes, hyphens, blanks, one-letter names, a very long one and scripts other than Latin.
"""

import unicodedata
from dataclasses import dataclass

__all__ = ["FIRST_NAMES", "FIRST_SLUGS", "LAST_NAMES", "LAST_SLUGS", "ORIGINS", "Origin", "slug"]


@dataclass(frozen=True)
class Origin:
    """Names that go together.

    Attributes:
        share: Relative frequency of this origin among learners.
        female: Given names for women.
        male: Given names for men.
        last: Family names.
    """

    share: float
    female: tuple[str, ...]
    male: tuple[str, ...]
    last: tuple[str, ...]


def _split(names: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in names.split(","))


ORIGINS: tuple[Origin, ...] = (
    Origin(
        0.56,
        _split(
            "Amelia, Olivia, Chloë, Zoë, Grace, Megan, Ellie-Mae, Ruby, Freya, Siân, Niamh, Róisín, Caitlin, Holly, "
            "Lily-Rose, Jade, Georgia, Bethany, Imogen, Maisie, Paige, Erin, Ffion, Aoife, Tegan, Renée, Poppy, Skye"
        ),
        _split(
            "Oliver, Harry, Jack, Callum, Rhys, Seán, Owen, Alfie, Tyler, Liam, Noah, Ethan, Kieran, Jean-Luc, Lewis, "
            "Connor, Iwan, Finlay, Reece, Harvey, Eoin, Toby, Ewan, Dylan, Mason, Zac, T, Jayden"
        ),
        _split(
            "Ashdown, Barker, Birtwhistle, O'Connell, O'Neill, D'Arcy, Fothergill, Greenhalgh, Hargreaves, Llewellyn, "
            "MacDonald, McAllister, Nuttall, Ó Briain, Pickersgill, Rowbotham, Smith-Jones, Tattersall, Underhill, "
            "Whitworth, Wolstenholme, Featherstonehaugh-Cholmondeley-Marjoribanks of Upper Slaughter, ap Rhys, "
            "Bowen, Cartwright, Dewhurst, Eccles, Fairclough, Gaskell, Heathcote, Ingham, Jessop, Kershaw, Langley"
        ),
    ),
    Origin(
        0.09,
        _split("Agnieszka, Małgorzata, Żaneta, Ioana, Ștefania, Živilė, Kateřina, Oksana, Zsófia, Daryna, Jūratė"),
        _split("Łukasz, Paweł, Michał, Grzegorz, Răzvan, Ștefan, Žygimantas, Jiří, Oleksandr, György, Mindaugas"),
        _split(
            "Wójcik, Szczepański, Kowalczyk-Żak, Dąbrowska, Popescu, Ionașcu, Kazlauskienė, Dvořák, Shevchenko, "
            "Nagy, Hrynenko, Łęcki, Ţurcanu, Balčiūnas"
        ),
    ),
    Origin(
        0.12,
        _split("Aisha, Fatima Zahra, Priya, Simran, Anjali, Nusrat, Tanjila, Zainab, Harleen, Sumaiya, Meera"),
        _split("Mohammed, Muhammad Bilal, Arjun, Harpreet, Imran, Rafiqul, Tanvir, Usman, Jaspal, Kabir, Zubair"),
        _split(
            "Begum, Khan, Hussain, Patel, Kaur, Singh, Chowdhury, Rahman, Iqbal, Mahmood, Sharma, Mukhopadhyay, Miah, "
            "Uddin, Sandhu, Rao, E"
        ),
    ),
    Origin(
        0.06,
        _split("Layla, Nour, Shirin, Amal, Hêvîn, Dilan, Samira, Rania, Zahra, Yasmîn, Elif, Gülşen"),
        _split("Omar, Abdul-Rahman, Karim, Youssef, Azad, Reza, Çağrı, Tariq, Hamid, Sherzad, İbrahim, Navid"),
        _split("al-Masri, Al-Khatib, bin Salem, Haddad, Hosseini, Şahin, Öztürk, Barzani, El Amrani, Nazari, Yılmaz"),
    ),
    Origin(
        0.05,
        _split("Thị Mai, Xiǎo-Lì, Mei Ling, Yuki, Ngọc Ánh, Soo-jin, Wing Yan, Thảo, Jiahui, Minh Châu"),
        _split("Văn Đức, Wei, Hiroshi, Quốc Bảo, Min-jun, Ka Ho, Zhihao, Tuấn, Jun, Đăng Khoa"),
        _split("Nguyễn, Trần, Đỗ, Phạm, Chan, Wong, Lǐ, Ō, Tanaka, Kim, Ng, Xu, Lâm, Zhāng"),
    ),
    Origin(
        0.07,
        _split("Adaeze, Temitọ́pẹ́, Abena, Selam, Hodan, Nomvula, Chipo, Makeda, Wanjiru, Ayaan, Oluwaseun, Fatou"),
        _split("Chukwuemeka, Adébáyọ̀, Kwame, Yohannes, Abdirahman, Tendai, Sibusiso, Musa, Kofi, Amadou, Ọláolúwa"),
        _split("Okonkwo, Ọ̀ṣúndáre, Mensah, Tesfaye, Warsame, Dlamini, Moyo, Nkrumah-Addo, Diallo, Kamau, Achebe"),
    ),
    Origin(
        0.04,
        _split("Beatriz, Inês, Maria João, Lucía, Núria, Françoise, Giulia, Conceição, Anaïs, Begoña"),
        _split("João, Tomás, Íñigo, Gonçalo, André, José Ángel, Étienne, Nicolò, Martín, Luís"),
        _split("da Conceição, Gonçalves, Núñez, de la Cruz y Peña, D'Angelo, Lefèvre, Muñoz, dos Santos, Àvila"),
    ),
    Origin(
        0.01,
        _split("فاطمة, 小丽, সুমাইয়া, Олена, ਸਿਮਰਨ, ሰላም, نور"),
        _split("محمد, 伟, তানভীর, Олександр, ਅਰਜੁਨ, ዮሐንስ, 志豪"),
        _split("الحسن, 王, রহমান, Шевчук, ਸੰਧੂ, ተስፋዬ, 李, চৌধুরী"),
    ),
)
"""All names by origin; the last origin is written in its own scripts."""

_NOT_DECOMPOSED = str.maketrans({"ł": "l", "đ": "d", "ø": "o", "ß": "ss", "æ": "ae", "ı": "i"})


def slug(name: str) -> str:
    """Fold a name to lower-case ASCII letters, for usernames and e-mail addresses.

    Args:
        name: A name in any script.

    Returns:
        The letters a–z that remain without accents, 24 at most; "learner" where none do (as in Arabic script).
    """
    folded = unicodedata.normalize("NFKD", name.lower().translate(_NOT_DECOMPOSED))
    return "".join(character for character in folded if "a" <= character <= "z")[:24] or "learner"


FIRST_NAMES: tuple[str, ...] = tuple(
    name for origin in ORIGINS for names in (origin.female, origin.male) for name in names
)
"""Given names, per origin first the women's, then the men's; learners hold positions in this table."""

LAST_NAMES: tuple[str, ...] = tuple(name for origin in ORIGINS for name in origin.last)
"""Family names in the order of the origins; learners hold positions in this table."""

FIRST_SLUGS: tuple[str, ...] = tuple(map(slug, FIRST_NAMES))
LAST_SLUGS: tuple[str, ...] = tuple(map(slug, LAST_NAMES))
