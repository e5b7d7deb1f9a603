using Engagement.Contracts;
using Engagement.Messaging.Composing;
using Engagement.Messaging.Contacts;
using Engagement.Messaging.Sending;
using Engagement.Messaging.Settings;
using Engagement.ServiceDefaults;
using Microsoft.Extensions.Options;

namespace Engagement.Messaging.Templating;

/// <summary>Shows a mail with made-up data. Nothing of it is stored.</summary>
/// <param name="Source">Words that need not be saved yet; else <paramref name="Version"/>, else what is in use.</param>
/// <param name="Customer">Written to this customer, whose name is opened for the answer alone; else to <paramref name="Name"/>.</param>
/// <param name="Name">Empty shows the mail to somebody without a name.</param>
public sealed record PreviewTemplate(string? Source = null, int? Version = null, string? Customer = null, string? Name = null);

/// <summary>What the customer would read.</summary>
public sealed record PreviewedMail(string Subject, string Text, string Html);

public static class PreviewTemplateEndpoint
{
    private const string SampleName = "Giulia";

    public static async Task<IResult> Handle(
        TemplateId id, PreviewTemplate request, HttpContext context, IDocumentStore store, Vault vault, IOptions<MailOptions> options, TimeProvider clock,
        CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(request);
        await using var session = store.QuerySession(context.Tenant());
        var source = request.Source ?? await session.SourceOfAsync(id, request.Version ?? await session.VersionInUseAsync(id, ct), ct);
        if (source is null) return TemplateStore.NoSuchVersion();
        if (Linter.Lint(id.Kind, id.Language, source) is { Count: > 0 } findings) return TemplateStore.Refused(findings);
        var recipient = request.Customer is { } customer
            ? await OpenAsync(session, vault, new CustomerId(customer), ct)
            : new Recipient(request.Name ?? SampleName, "", id.Language);
        if (recipient is null) return TemplateStore.NotFound("Nothing is known of this customer.");

        var now = clock.GetUtcNow();
        var template = Template.Parse(id.Kind, id.Language, source);
        var shop = await options.Value.SenderOfAsync(session, ct);
        var mail = Composer.Compose(template, recipient, Samples.Full(id.Kind, now), shop, now, Samples.Extras(id.Language));
        return TypedResults.Ok(new PreviewedMail(mail.Subject, mail.Text, mail.Html));
    }

    private static async Task<Recipient?> OpenAsync(IQuerySession session, Vault vault, CustomerId customer, CancellationToken ct) =>
        await session.LoadAsync<Contact>(customer, ct) is { } contact
        && await vault.OpenAsync(session.TenantId, contact, ct) is { } details
            ? new Recipient(details.Name, "", contact.Language, contact.Zone)
            : null;
}
