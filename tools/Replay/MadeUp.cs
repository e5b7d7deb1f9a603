using System.Globalization;
using System.Text;

namespace Engagement.Replay;

internal sealed record Person(
    string Name, string Email, string Language, string Zone, string Street, string City, string PostalCode, string Country, bool IsGuest);

internal sealed record PurchaseLine(string Title, int Quantity, decimal Price, string Sku);

internal sealed record Purchase(IReadOnlyList<PurchaseLine> Lines)
{
    public decimal Total => Lines.Sum(line => line.Price * line.Quantity);
}

internal sealed record Parcel(string Carrier, string TrackingNumber);

/// <summary>What the file leaves out: invented, but the same for the same id in every run and on every machine.</summary>
internal static class MadeUp
{
    public const string Currency = "EUR";

    private static readonly Country Italy = new(
        "it",
        ["Giulia", "Francesca", "Chiara", "Sara", "Martina", "Elena", "Alessia", "Marco", "Luca", "Matteo", "Andrea", "Niccolò", "Davide", "Paolo"],
        ["Rossi", "Russo", "Ferrari", "Esposito", "Bianchi", "Romano", "Colombo", "Ricci", "Marino", "Greco", "Bruno", "Gallo", "D'Angelo", "Cefalù"],
        ["Via Roma {0}", "Via Garibaldi {0}", "Corso Italia {0}", "Via Dante {0}", "Viale Europa {0}", "Piazza della Libertà {0}"],
        [
            new("Roma", "00184", "IT", "Europe/Rome"), new("Milano", "20121", "IT", "Europe/Rome"), new("Torino", "10121", "IT", "Europe/Rome"),
            new("Napoli", "80133", "IT", "Europe/Rome"), new("Bologna", "40121", "IT", "Europe/Rome"), new("Firenze", "50122", "IT", "Europe/Rome"),
            new("Bari", "70121", "IT", "Europe/Rome"), new("Palermo", "90133", "IT", "Europe/Rome"),
        ]);

    private static readonly Country Abroad = new(
        "en",
        ["Emma", "Olivia", "Aoife", "Sinéad", "Grace", "Sophie", "Hannah", "Jack", "James", "Conor", "Oliver", "Thomas", "Daniel", "Liam"],
        ["Murphy", "Kelly", "O'Brien", "Walsh", "Byrne", "Smith", "Jones", "Taylor", "Brown", "Wilson", "Davies", "Evans", "Clarke", "Reilly"],
        ["{0} High Street", "{0} Station Road", "{0} Church Lane", "{0} Main Street", "{0} Park Avenue", "{0} Mill Road"],
        [
            new("Dublin", "D02 AF30", "IE", "Europe/Dublin"), new("Cork", "T12 X8N6", "IE", "Europe/Dublin"), new("Galway", "H91 E2K3", "IE", "Europe/Dublin"),
            new("London", "EC1A 1BB", "GB", "Europe/London"), new("Bristol", "BS1 4DJ", "GB", "Europe/London"), new("Leeds", "LS1 4AP", "GB", "Europe/London"),
        ]);

    private static readonly Product[] Products =
    [
        new("MOKA-3", 29.95m, "Moka da 3 tazze", "Moka pot, 3 cups"), new("CUP-2", 14.50m, "Due tazzine da espresso", "Two espresso cups"),
        new("OIL-750", 18.90m, "Olio extravergine, 750 ml", "Extra virgin olive oil, 750 ml"), new("APRON-L", 24.00m, "Grembiule di lino", "Linen apron"),
        new("LAMP-S", 79.00m, "Lampada da tavolo", "Table lamp"), new("TOWEL-4", 39.90m, "Quattro asciugamani", "Four towels"),
        new("PAN-28", 54.90m, "Padella da 28 cm", "Frying pan, 28 cm"), new("BAG-J", 44.95m, "Borsa di juta", "Jute bag"),
        new("VASE-M", 32.00m, "Vaso di ceramica", "Ceramic vase"), new("BOOK-R", 21.85m, "Ricette di famiglia", "Family recipes"),
        new("CLOCK-W", 67.49m, "Orologio da parete", "Wall clock"), new("PLAID-B", 49.99m, "Plaid di lana", "Wool blanket"),
        new("KNIFE-3", 89.00m, "Tre coltelli da cucina", "Three kitchen knives"),
    ];

    private static readonly string[] Carriers = ["BRT", "Poste Italiane", "GLS", "DHL", "UPS"];

    public static Person Person(string id)
    {
        var dice = new Dice("person", id);
        var country = dice.Next(3) > 0 ? Italy : Abroad;
        var first = dice.Of(country.FirstNames);
        var last = dice.Of(country.LastNames);
        var town = dice.Of(country.Towns);
        var street = string.Format(CultureInfo.InvariantCulture, dice.Of(country.Streets), dice.Next(150) + 1);
        var isGuest = dice.Next(20) == 0;
        var email = $"{first.Ascii}.{last.Ascii}.{dice.Next():x16}@example.org";
        return new Person($"{first.Text} {last.Text}", email, country.Language, town.Zone, street, town.City, town.PostalCode, town.Country, isGuest);
    }

    public static Purchase Purchase(string order, Person buyer)
    {
        var dice = new Dice("purchase", order);
        var lines = new PurchaseLine[dice.Next(3) + 1];

        // The number of products is prime, so steps of one length don't meet a product twice.
        var (at, step) = (dice.Next(Products.Length), dice.Next(Products.Length - 1) + 1);
        for (var i = 0; i < lines.Length; i++)
        {
            var product = Products[(at + (i * step)) % Products.Length];
            var quantity = dice.Next(5) == 0 ? 2 : 1;
            lines[i] = new PurchaseLine(buyer.Language == "it" ? product.Italian : product.English, quantity, product.Price, product.Sku);
        }

        return new Purchase(lines);
    }

    public static Parcel Parcel(string order)
    {
        var dice = new Dice("parcel", order);
        return new Parcel(dice.Of(Carriers), $"EN{dice.Next() % 1_000_000_000_000:D12}");
    }

    private sealed record Town(string City, string PostalCode, string Country, string Zone);

    private sealed record Product(string Sku, decimal Price, string Italian, string English);

    private sealed record NamePart(string Text)
    {
        /// <summary>As it stands in a mail address: <c>D'Angelo</c> is <c>dangelo</c>.</summary>
        public string Ascii { get; } =
            new([.. Text.Normalize(NormalizationForm.FormD).Where(char.IsAsciiLetter).Select(char.ToLowerInvariant)]);
    }

    private sealed class Country(string language, string[] firstNames, string[] lastNames, string[] streets, Town[] towns)
    {
        public string Language => language;

        public NamePart[] FirstNames { get; } = Array.ConvertAll(firstNames, text => new NamePart(text));

        public NamePart[] LastNames { get; } = Array.ConvertAll(lastNames, text => new NamePart(text));

        public CompositeFormat[] Streets { get; } = Array.ConvertAll(streets, CompositeFormat.Parse);

        public Town[] Towns => towns;
    }

    /// <summary>Numbers that depend on an id alone: FNV-1a as the seed of SplitMix64.</summary>
    private struct Dice
    {
        private ulong state = 14695981039346656037;

        public Dice(string purpose, string id)
        {
            Mix(purpose);
            Mix(id);
        }

        public ulong Next()
        {
            state += 0x9E3779B97F4A7C15;
            var z = state;
            z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
            z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
            return z ^ (z >> 31);
        }

        public int Next(int below) => (int)(Next() % (ulong)below);

        public T Of<T>(T[] choices) => choices[Next(choices.Length)];

        private void Mix(string text)
        {
            foreach (var c in text)
            {
                state = (state ^ c) * 1099511628211;
            }
        }
    }
}
