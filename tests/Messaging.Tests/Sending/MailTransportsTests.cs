using Engagement.Messaging.Composing;
using Engagement.Messaging.Sending;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Engagement.Messaging.Tests.Sending;

public sealed class MailTransportsTests : IDisposable
{
    private readonly string _home = Directory.CreateTempSubdirectory("home-").FullName;

    [Fact]
    public void Without_a_server_mails_go_to_the_folder_in_engagements_home()
    {
        using var services = With(("Engagement:Home", _home));
        services.GetRequiredService<IMailTransport>().ShouldBeOfType<EmlFolder>();
        Directory.Exists(Path.Combine(_home, "mail")).ShouldBeTrue();
    }

    [Fact]
    public void A_server_is_used_when_there_is_one()
    {
        using var services = With(("Smtp:Host", "mail.example"), ("Smtp:Security", "StartTls"), ("Smtp:Timeout", "00:00:05"));
        services.GetRequiredService<IMailTransport>().ShouldBeOfType<SmtpTransport>();
        var options = services.GetRequiredService<IOptions<SmtpOptions>>().Value;
        (options.Security, options.Timeout).ShouldBe((SmtpSecurity.StartTls, TimeSpan.FromSeconds(5)));
    }

    [Fact]
    public void A_shop_writes_from_an_address_of_its_own()
    {
        new MailOptions().SenderOf("demo").ShouldBe(new Sender("demo", "Demo", "ciao@demo.example"));
        new MailOptions { From = "shop@mail.example", FromName = "Bottega", ReplyTo = "{tenant}@mail.example" }.SenderOf("My shop!")
            .ShouldBe(new Sender("My shop!", "Bottega", "shop@mail.example", "My-shop@mail.example"));
    }

    public void Dispose() => Directory.Delete(_home, recursive: true);

    private static ServiceProvider With(params (string Key, string Value)[] settings)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(settings.ToDictionary(s => s.Key, s => (string?)s.Value)).Build();
        return new ServiceCollection().AddMailTransport(configuration).BuildServiceProvider();
    }
}
