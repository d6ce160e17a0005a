"""The books that an empty library begins with."""

from __future__ import annotations

from uuid import NAMESPACE_URL, UUID, uuid5

from library.models import Book, Writer

WRITERS = {
    "Jane Austen": (1775, "England"),
    "Charlotte Brontë": (1816, "England"),
    "Emily Brontë": (1818, "England"),
    "Miguel de Cervantes": (1547, "Spain"),
    "Kate Chopin": (1850, "United States"),
    "Joseph Conrad": (1857, "Poland"),
    "Charles Dickens": (1812, "England"),
    "Fyodor Dostoevsky": (1821, "Russia"),
    "Arthur Conan Doyle": (1859, "Scotland"),
    "Alexandre Dumas": (1802, "France"),
    "Gustave Flaubert": (1821, "France"),
    "Johann Wolfgang von Goethe": (1749, "Germany"),
    "Franz Kafka": (1883, "Bohemia"),
    "Herman Melville": (1819, "United States"),
    "William Shakespeare": (1564, "England"),
    "Mary Shelley": (1797, "England"),
    "Robert Louis Stevenson": (1850, "Scotland"),
    "Bram Stoker": (1847, "Ireland"),
    "Leo Tolstoy": (1828, "Russia"),
    "Mark Twain": (1835, "United States"),
    "Jules Verne": (1828, "France"),
    "H. G. Wells": (1866, "England"),
    "Oscar Wilde": (1854, "Ireland"),
    "Virginia Woolf": (1882, "England"),
}

BOOKS = (
    ("Pride and Prejudice", 1813, "Jane Austen", "love, society", "Five sisters, and a proud man who learns to ask."),
    ("Emma", 1815, "Jane Austen", "love, society", "A clever young woman makes matches in her village, all wrong."),
    ("Persuasion", 1817, "Jane Austen", "love, society", "A captain comes back to the woman who once refused him."),
    ("Jane Eyre", 1847, "Charlotte Brontë", "love, mystery", "A governess, her master, and who lives in the attic."),
    ("Wuthering Heights", 1847, "Emily Brontë", "love, revenge", "Passion and revenge in a house on the moors."),
    ("Don Quixote", 1605, "Miguel de Cervantes", "adventure, satire", "An old man believes he is a knight."),
    ("The Awakening", 1899, "Kate Chopin", "love, society", "A wife and mother by the sea wants a life of her own."),
    ("Heart of Darkness", 1899, "Joseph Conrad", "adventure, sea", "Up a river by steamer, in search of a trader."),
    ("Lord Jim", 1900, "Joseph Conrad", "adventure, sea", "A sailor who left his ship looks for his honour."),
    ("Oliver Twist", 1838, "Charles Dickens", "crime, society", "An orphan falls among the thieves of London."),
    ("A Christmas Carol", 1843, "Charles Dickens", "ghosts, society", "Three ghosts visit a miser in one night."),
    ("Great Expectations", 1861, "Charles Dickens", "love, society", "A blacksmith's boy is left a fortune by nobody."),
    ("Crime and Punishment", 1866, "Fyodor Dostoevsky", "crime", "A student kills a pawnbroker, and cannot bear it."),
    ("The Idiot", 1869, "Fyodor Dostoevsky", "love, society", "A prince who is good comes among those who are not."),
    (
        "The Sign of the Four",
        1890,
        "Arthur Conan Doyle",
        "crime, mystery",
        "A detective, a treasure, and a wooden leg.",
    ),
    ("The Hound of the Baskervilles", 1902, "Arthur Conan Doyle", "crime, mystery", "A beast haunts a family's moor."),
    ("The Three Musketeers", 1844, "Alexandre Dumas", "adventure", "Swords, queens and diamonds; all for one."),
    (
        "The Count of Monte Cristo",
        1846,
        "Alexandre Dumas",
        "adventure, revenge",
        "A prisoner escapes, rich, to take revenge.",
    ),
    (
        "Madame Bovary",
        1857,
        "Gustave Flaubert",
        "love, society",
        "A doctor's wife reads novels, and wants to live one.",
    ),
    ("Faust", 1808, "Johann Wolfgang von Goethe", "ghosts", "A scholar sells his soul to the devil for one moment."),
    ("The Metamorphosis", 1915, "Franz Kafka", "strange", "A salesman wakes up as an insect, and is late for work."),
    ("The Trial", 1925, "Franz Kafka", "crime, strange", "A clerk is accused by a court that says not of what."),
    ("Moby-Dick", 1851, "Herman Melville", "adventure, sea", "A captain hunts the white whale that took his leg."),
    ("Bartleby, the Scrivener", 1853, "Herman Melville", "strange", "A clerk would prefer not to."),
    ("Hamlet", 1603, "William Shakespeare", "ghosts, revenge", "A prince sees his father's ghost, and hesitates."),
    ("Macbeth", 1606, "William Shakespeare", "crime, ghosts", "A general, his wife, and three witches on a heath."),
    ("The Tempest", 1611, "William Shakespeare", "sea, strange", "A magician raises a storm around his island."),
    (
        "Frankenstein",
        1818,
        "Mary Shelley",
        "science, strange",
        "A student makes a living being, and runs away from it.",
    ),
    ("The Last Man", 1826, "Mary Shelley", "science", "A plague empties the world, and one is left to tell it."),
    ("Treasure Island", 1883, "Robert Louis Stevenson", "adventure, sea", "A boy, a map, and pirates aboard."),
    (
        "Strange Case of Dr Jekyll and Mr Hyde",
        1886,
        "Robert Louis Stevenson",
        "science, strange",
        "One man who is two.",
    ),
    ("Dracula", 1897, "Bram Stoker", "ghosts, strange", "A count of Transylvania comes to London to drink."),
    ("War and Peace", 1869, "Leo Tolstoy", "love, society", "Families of Moscow, and the march of Napoleon."),
    ("Anna Karenina", 1878, "Leo Tolstoy", "love, society", "A married woman loves an officer, to the last train."),
    ("The Adventures of Tom Sawyer", 1876, "Mark Twain", "adventure", "A boy paints no fence, and finds a treasure."),
    ("Adventures of Huckleberry Finn", 1884, "Mark Twain", "adventure, satire", "A boy and a slave on a raft."),
    ("Journey to the Centre of the Earth", 1864, "Jules Verne", "adventure, science", "Down a volcano, and further."),
    ("Twenty Thousand Leagues Under the Seas", 1870, "Jules Verne", "science, sea", "A submarine, and her captain."),
    ("Around the World in Eighty Days", 1873, "Jules Verne", "adventure", "A bet, a valet, and a timetable."),
    ("The Time Machine", 1895, "H. G. Wells", "science", "Eight hundred thousand years on, two peoples are left."),
    ("The Invisible Man", 1897, "H. G. Wells", "science, strange", "A chemist cannot be seen, nor become seen again."),
    ("The War of the Worlds", 1898, "H. G. Wells", "science", "Machines from Mars walk over England."),
    ("The Picture of Dorian Gray", 1890, "Oscar Wilde", "strange, society", "A portrait grows old in place of a man."),
    ("The Importance of Being Earnest", 1895, "Oscar Wilde", "love, satire", "Two men of one name that is neither's."),
    ("Mrs Dalloway", 1925, "Virginia Woolf", "society", "A day in London, and a party in the evening."),
    ("To the Lighthouse", 1927, "Virginia Woolf", "sea, society", "A family on an island puts off a trip for years."),
    ("Orlando", 1928, "Virginia Woolf", "love, strange", "A nobleman lives for centuries, as a man and as a woman."),
)


def new_books() -> list[Book]:
    """Return the books with their writers, as new objects. Their ids are those of their names."""
    writers = {name: Writer(id=_id(name), name=name, born=born, country=land) for name, (born, land) in WRITERS.items()}
    return [
        Book(
            id=_id(title),
            title=title,
            year=year,
            subjects=subjects.split(", "),
            summary=summary,
            writer=writers[writer],
        )
        for title, year, writer, subjects, summary in BOOKS
    ]


def _id(name: str) -> UUID:
    return uuid5(NAMESPACE_URL, f"https://library.example/{name}")
