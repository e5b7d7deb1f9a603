using System.Net;
using System.Reflection;
using System.Text;
using Engagement.Contracts;
using Engagement.Gateway;
using Engagement.Hosting;
using Engagement.ServiceDefaults;
using Engagement.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;

[assembly: AssemblyFixture(typeof(PostgresFixture))]

namespace Engagement.Browser.Tests;

/// <summary>The Gateway, the services behind it played by what they answer, and Chromium to look at its pages.</summary>
public sealed class Browsing(PostgresFixture postgres) : IAsyncLifetime
{
    /// <summary>An order that has everything the page can show, none of it short.</summary>
    private const string Order = """
        {"customer":"c-1","status":"Shipped",
         "placed":{"total":{"amount":10059.9,"currency":"EUR"},"promisedOn":"2026-01-20","reported":{"occurredAt":"2026-01-10T08:00:00Z"},
           "lines":[{"title":"Tazza da colazione dipinta a mano con il manico azzurro","quantity":2,"price":{"amount":29.95,"currency":"EUR"}},
                    {"title":"Portagioielliportagioielliportagioielliportagioielli","quantity":100,"price":{"amount":100.0,"currency":"EUR"}}]},
         "paid":{"reported":{"occurredAt":"2026-01-10T09:00:00Z"}},
         "parcels":[{"carrier":"Poste","trackingNumber":"ZA0123456789012345678901234567890123456789012345","trackingUrl":"https://track.example/?q=ZA17",
                     "reported":{"occurredAt":"2026-01-11T08:00:00Z"}},
                    {"carrier":"Altro","reported":{"occurredAt":"2026-01-11T09:00:00Z"}}]}
        """;

    private const string Cart = """
        {"cart":"abc","state":"Abandoned","customer":"c-1","url":"https://shop.example/cart/abc?token=0123456789012345678901234567890123456789",
         "lines":[{"title":"Tazza da colazione dipinta a mano con il manico azzurro","quantity":2,"price":{"amount":29.95,"currency":"EUR"}},
                  {"title":"Portagioielliportagioielliportagioielliportagioielli","quantity":100,"price":{"amount":100.0,"currency":"EUR"}}],
         "total":{"amount":10059.9,"currency":"EUR"}}
        """;

    private const string Reader = """{"language":null,"zone":null,"shopName":"Bottega & Figli","shopLanguage":"it","shopZone":"Europe/Rome"}""";

    private const string Permissions = """
        {"customer":"c-1","permissions":[{"purpose":"Carts","channel":"Email","granted":true,"basis":"SoftOptIn","at":"2026-01-10T08:00:00Z"},
          {"purpose":"Offers","channel":"Sms","granted":true,"basis":"Consent","at":"2026-01-10T08:00:00Z"}]}
        """;

    private static readonly string Axe =
        typeof(Browsing).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(attribute => attribute.Key == "Axe").Value!;

    private static readonly string? Chromium = Command.OnPath("chromium") ?? Command.OnPath("chromium-browser");

    private ServiceHost _gateway = null!;
    private IPlaywright _playwright = null!;
    private IBrowser _browser = null!;

    /// <summary>What these tests need and this machine hasn't; null where it has all.</summary>
    public static string? Missing { get; } =
        Chromium is null ? "Chromium isn't on PATH: .ci/run --long installs it."
        : !File.Exists(Axe) ? "axe-core isn't in tests/Browser.Tests/node_modules: .ci/run --long fetches it."
        : null;

    public Uri Address => _gateway.Client.BaseAddress!;

    public string MyOrder => Path("1001");

    /// <summary>Of an order that nobody can tell of just now.</summary>
    public string Away => Path("away");

    public string Expired => Path("1001", TimeSpan.Zero);

    public string MyPreferences => Path(PagePurposes.Preferences, new PreferencesSubject(new("c-1"), new("cart-reminder/cart-abc")).ToString());

    /// <summary>The question whether an order is right.</summary>
    public string MyCheckIn => Path(PagePurposes.CheckIn, "1001");

    public string MyCart => Path(PagePurposes.Cart, new CartSubject(new("abc"), new("c-1")).ToString());

    public string WhyILeft => Path(PagePurposes.CartQuestion, new CartQuestionSubject(new("abc"), 1, new("c-1")).ToString());

    public string[] All => [MyOrder, MyPreferences, MyCheckIn, MyCart, WhyILeft, Expired, Away];

    public async ValueTask InitializeAsync()
    {
        if (Missing is not null) return;
        string[] owners = ["orders", "messaging", "carts"];
        _gateway = await ServiceHost.Open<Program>(
            postgres, GatewayService.Model,
            services =>
            {
                foreach (var owner in owners) services.AddHttpClient(owner).ConfigurePrimaryHttpMessageHandler(() => new Owner());
            },
            settings: owners.Select(owner => ($"services:{owner}:http:0", $"http://{owner}.test")));
        await _gateway.Services.GetRequiredService<Vault>().SealAsync(ServiceHost.Tenant, new("c-1"), new ContactDetails("Giulia", "giulia@posta.example"));
        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(new() { ExecutablePath = Chromium });
    }

    /// <summary>A customer's browser; nobody set a language but there.</summary>
    public async Task<IBrowserContext> Open(string language, int width = 1280, Action<BrowserNewContextOptions>? adjust = null)
    {
        var options = new BrowserNewContextOptions
        {
            BaseURL = Address.ToString(), Locale = language, ViewportSize = new() { Width = width, Height = 740 },
        };
        adjust?.Invoke(options);
        return await _browser.NewContextAsync(options);
    }

    /// <summary>What of WCAG 2.1 A and AA the open page breaks. Its policy forbids scripts: the browser must bypass it.</summary>
    public static async Task<string[]> Barriers(IPage page)
    {
        ArgumentNullException.ThrowIfNull(page);
        await page.AddScriptTagAsync(new() { Path = Axe });
        return await page.EvaluateAsync<string[]>(
            """
            async () => {
              const { violations, passes } = await axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'] });
              if (passes.length < 5) throw new Error('Hardly a rule had something to look at.');
              return violations.flatMap(rule => rule.nodes.map(node => `${rule.id} at ${node.target}: ${node.failureSummary}`));
            }
            """);
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null) await _browser.DisposeAsync();
        _playwright?.Dispose();
        if (_gateway is not null) await _gateway.DisposeAsync();
    }

    /// <summary>What a service was told on the pages.</summary>
    public async Task<object[]> Told(string owner = "messaging") => [.. (await _gateway.SentTo(owner)).Select(queued => queued.Message)];

    private string Path(string order, TimeSpan? until = null) => Path(PagePurposes.Order, order, until);

    private string Path(string purpose, string subject, TimeSpan? until = null)
    {
        var link = new PageLink(purpose, ServiceHost.Tenant, subject, _gateway.Clock.GetUtcNow() + (until ?? TimeSpan.FromDays(180)));
        return $"/p/{_gateway.Services.GetRequiredService<PageLinks>().TokenOf(link)}";
    }

    private sealed class Owner : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            Task.FromResult(request.RequestUri!.PathAndQuery switch
            {
                "/v1/orders/1001" => Json(Order),
                "/v1/readers?customer=c-1" => Json(Reader),
                "/v1/permissions/c-1" => Json(Permissions),
                "/v1/carts/abc" => Json(Cart),
                _ => throw new HttpRequestException("away"),
            });

        private static HttpResponseMessage Json(string json) =>
            new(HttpStatusCode.OK) { Content = new StringContent(json, Encoding.UTF8, "application/json") };
    }
}
