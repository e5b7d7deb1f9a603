using Engagement.Contracts;
using System.Buffers.Text;
using Engagement.Testing;
using Microsoft.Extensions.Configuration;

namespace Engagement.ServiceDefaults.Tests;

public sealed class PageLinksTests
{
    private static readonly PageLink Link = new(PagePurposes.Order, "demo", "A/17\nü", Spec.Noon.AddDays(180));
    private static readonly PageLinks Links = new("a key for customers' pages", null, new Uri("https://shop.example/base/"));

    [Fact]
    public void A_token_opens_what_it_was_made_for_and_is_short_and_safe_in_addresses()
    {
        var token = Links.TokenOf(Link);

        Links.Open(token).ShouldBe(Link);
        token.ShouldAllBe(c => char.IsAsciiLetterOrDigit(c) || c == '-' || c == '_');
        token.Length.ShouldBeLessThan(90);
        Links.UrlOf(Link)!.AbsoluteUri.ShouldBe($"https://shop.example/base/p/{token}");
        new PageLinks("a key for customers' pages", null, null).UrlOf(Link).ShouldBeNull();
    }

    [Fact]
    public void The_same_link_is_the_same_token_and_another_link_shares_nothing_with_it()
    {
        Links.TokenOf(Link).ShouldBe(Links.TokenOf(Link with { }));
        var others = new[]
        {
            Link with { Subject = "A/18" }, Link with { Tenant = "other" }, Link with { Purpose = "unsubscribe" },
                Link with { ExpiresAt = Link.ExpiresAt.AddMinutes(1) },
        };
        others.Select(Links.TokenOf).Select(token => token[..16]).Append(Links.TokenOf(Link)[..16]).Distinct().Count().ShouldBe(5);
    }

    [Fact]
    public void Nothing_of_it_can_be_read_or_changed()
    {
        var token = Links.TokenOf(Link);
        var box = Base64Url.DecodeFromChars(token);

        System.Text.Encoding.UTF8.GetString(box).ShouldNotContain("demo");
        for (var i = 0; i < box.Length; i++)
        {
            var changed = (byte[])box.Clone();
            changed[i] ^= 1;
            Links.Open(Base64Url.EncodeToString(changed)).ShouldBeNull();
        }

        foreach (var none in new[] { "", "order", token[..^1], token + "A", "../../etc", new string('A', 2000), Base64Url.EncodeToString(new byte[28]), "è" })
            Links.Open(none).ShouldBeNull(none);
    }

    [Fact]
    public void A_key_that_was_replaced_still_opens_until_it_is_forgotten()
    {
        var token = Links.TokenOf(Link);

        new PageLinks("the next key for pages", "a key for customers' pages", null).Open(token).ShouldBe(Link);
        new PageLinks("the next key for pages", null, null).Open(token).ShouldBeNull();
    }

    [Theory]
    [InlineData(null, null)]
    [InlineData("short", null)]
    [InlineData("a key for customers' pages", "shop.example")]
    [InlineData("a key for customers' pages", "ftp://shop.example")]
    public void Settings_that_can_not_be_meant_are_said_to_be_so(string? key, string? url)
    {
        var settings = new ConfigurationBuilder().AddInMemoryCollection([new(PageLinks.KeySetting, key), new(PageLinks.UrlSetting, url)]).Build();

        var error = Should.Throw<InvalidOperationException>(() => PageLinks.From(settings));
        error.Message.ShouldContain(url is null ? PageLinks.KeySetting : PageLinks.UrlSetting);
        if (key is not null) error.Message.ShouldNotContain(key);
    }

    [Theory]
    [InlineData("c-1", "offer/17")]
    [InlineData("guest-x y", null)]
    public void Preferences_are_somebodys_and_say_from_which_message(string customer, string? message)
    {
        var subject = new PreferencesSubject(new(customer), message is null ? null : new MessageKey(message));
        PreferencesSubject.Parse(subject.ToString()).ShouldBe(subject);
    }
}
