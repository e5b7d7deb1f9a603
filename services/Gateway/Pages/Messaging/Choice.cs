using Engagement.Contracts;
using Engagement.ServiceDefaults;
using Microsoft.Extensions.Primitives;

namespace Engagement.Gateway.Pages.Messaging;

/// <summary>One box of the page, <c>Carts-Email</c> in its form.</summary>
internal readonly record struct Choice(Purpose Purpose, Channel Channel)
{
    public static readonly IReadOnlyList<Choice> All =
        [.. MailPurpose.Channels.SelectMany(channel => MailPurpose.Refusable.Select(purpose => new Choice(purpose, channel)))];

    /// <summary>Those that a form names; what it names beside them is nothing.</summary>
    public static HashSet<Choice> In(StringValues names) => [.. All.Where(choice => names.Contains(choice.ToString()))];

    public override string ToString() => $"{Purpose}-{Channel}";
}

/// <summary>What the page's form, or a mail program's click, asks for.</summary>
internal abstract record Request
{
    private Request()
    {
    }

    /// <summary>RFC 8058: said by the mail program, perhaps without a page ever being seen.</summary>
    public sealed record OneClick : Request;

    /// <summary>No more mails like the one that led here.</summary>
    public sealed record NoMoreLikeThis : Request;

    public sealed record NothingAtAll : Request;

    /// <param name="Were">What was permitted when the page was shown.</param>
    /// <param name="Are">What shall be.</param>
    public sealed record Save(IReadOnlySet<Choice> Were, IReadOnlySet<Choice> Are) : Request;

    /// <summary>Null where the form is none of ours.</summary>
    public static Request? Of(IFormCollection form) => form["List-Unsubscribe"] == "One-Click" ? new OneClick() : form["do"].ToString() switch
    {
        "no-more" => new NoMoreLikeThis(),
        "nothing" => new NothingAtAll(),
        "save" => new Save(Choice.In(form["was"]), Choice.In(form["may"])),
        _ => null,
    };

    /// <summary>What Messaging is told: of a form only what the customer changed, since a box may say less than what holds by now.</summary>
    public IReadOnlyList<RecordPermission> Decide(PreferencesSubject whose, DateTimeOffset now)
    {
        // A mail that says nothing of its purpose, or should not have led here: whoever asks for an end of it wants an end of all.
        Purpose[]? purposes = MailPurpose.Of(whose.Message) is { } purpose && Purposes.CanBeRefused(purpose) ? [purpose] : null;
        RecordPermission Said(bool granted, IReadOnlyList<Purpose>? about, Channel? by, PermissionBasis basis = PermissionBasis.Preferences) =>
            new(whose.Customer, granted, about, by, basis, null, new Reported(now, now), whose.Message);

        return this switch
        {
            OneClick => [Said(false, purposes, Channel.Email, PermissionBasis.OneClick)],
            NoMoreLikeThis => [Said(false, purposes, Channel.Email)],
            NothingAtAll => [Said(false, null, null)],
            Save save =>
            [
                .. Choice.All.Where(choice => save.Were.Contains(choice) != save.Are.Contains(choice))
                    .GroupBy(choice => (choice.Channel, Granted: save.Are.Contains(choice)))
                    .Select(changed => Said(changed.Key.Granted, [.. changed.Select(choice => choice.Purpose)], changed.Key.Channel)),
            ],
            _ => throw new InvalidOperationException("There is no other request."),
        };
    }
}
