using Engagement.Contracts;
using Engagement.Messaging.Composing;
using Engagement.Messaging.Contacts;
using Engagement.Messaging.Sending;
using Engagement.Messaging.Settings;
using Engagement.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;

namespace Engagement.Messaging.Templating;

/// <summary>Shows a mail, with made-up data or as a customer would get it. Nothing of it is stored.</summary>
/// <param name="Source">Words that need not be saved yet; else <paramref name="Version"/>, else what is in use.</param>
/// <param name="Customer">
/// Written to this customer, whose name is opened for the answer alone; else to <paramref name="Name"/>. Where neither words nor a version are given, in the
/// language that this customer is written to.
/// </param>
/// <param name="Name">Empty shows the mail to somebody without a name.</param>
/// <param name="Message">The key of one of this customer's messages of this kind, whose data are shown.</param>
public sealed record PreviewTemplate(string? Source = null, int? Version = null, string? Customer = null, string? Name = null, string? Message = null);

/// <summary>What the customer would read. Links that would work (the customer's page, the way out) are made up.</summary>
public sealed record PreviewedMail(string Subject, string Text, string Html, string Language);

public static class PreviewTemplateEndpoint
{
    private const string SampleName = "Giulia";

    public static async Task<IResult> Handle(
        TemplateId id, PreviewTemplate request, HttpContext context, IDocumentStore store, Vault vault, IOptions<MailOptions> options, TimeProvider clock,
        CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(request);
        context.Response.Headers.CacheControl = "no-store";
        await using var session = store.QuerySession(context.Tenant());
        var (shop, recipient) = (await options.Value.SenderOfAsync(session, ct), new Recipient(request.Name ?? SampleName, "", id.Language));
        var (data, extras, now) = (Samples.Full(id.Kind, clock.GetUtcNow()), Samples.Extras(id.Language), clock.GetUtcNow());
        if (request.Customer is { } customer)
        {
            if (await session.LoadAsync<Contact>(customer, ct) is not { } contact) return TemplateStore.NotFound("Nothing is known of this customer.");
            if (await vault.OpenAsync(session.TenantId, contact, ct) is not { } details) return Erased();
            recipient = new Recipient(details.Name, "", contact.Language, contact.Zone);
            if (request is { Source: null, Version: null })
                id = id with { Language = Languages.Choose(contact.Language, shop.Language, Languages.BuiltIn) };
        }

        if (request.Message is { } key)
        {
            var message = await session.Events.FetchLatest<Message>(Message.StreamKey(new MessageKey(key)), ct);
            if (message?.Customer is null || message.Customer != request.Customer || message.Kind != id.Kind)
                return TemplateStore.NotFound("This customer has no such message of this kind.");
            (data, now) = (message.Data, message.RequestedAt);
            if (data is IPersonalWords personal)
            {
                if (await vault.OpenAsync<PersonalWords>(session.TenantId, message.CustomerId!.Value, personal.Words, ct) is not { } words) return Erased();
                extras = extras with { Words = words.Text };
            }
        }

        var inUse = await session.InUseAsync(id, ct);
        var source = request.Source ?? await session.SourceOfAsync(id, request.Version ?? inUse.Version, ct);
        if (source is null) return TemplateStore.NoSuchVersion();
        var layout = await session.SettingsAsync<LayoutSettings>(ct);
        if (Linter.Lint(id.Kind, id.Language, source) is { Count: > 0 } findings) return TemplateStore.Refused(findings);
        source = await session.InlineAsync(source, inUse, ct);
        var mail = Composer.Compose(Template.Parse(id.Kind, id.Language, source), recipient, data, shop, now, extras, layout);
        return TypedResults.Ok(new PreviewedMail(mail.Subject, mail.Text, mail.Html, id.Language));
    }

    private static ProblemHttpResult Erased() =>
        TypedResults.Problem(statusCode: StatusCodes.Status410Gone, title: "This customer's data are erased.");
}
