using System.Collections.Concurrent;
using Engagement.Contracts;
using Engagement.Messaging.Composing;
using Engagement.Messaging.Requesting;
using Engagement.Messaging.Settings;
using Engagement.ServiceDefaults;

namespace Engagement.Messaging.Templating;

/// <param name="TemplateVersion">Of the words in it; 0 for ours.</param>
public sealed record WrittenMail(ComposedMail Mail, string Language, int TemplateVersion);

/// <summary>Writes mails in the shop's own words where it has some, else in ours. Thread-safe.</summary>
public sealed class Writer(IServiceScopeFactory scopes, TimeProvider clock, ILogger<Writer> log)
{
    private const int MostCompiled = 1000;

    /// <summary>A version's words never change, and which version is in use is asked for every mail: nothing here can be stale.</summary>
    private readonly ConcurrentDictionary<(string Tenant, TemplateId Id, string Words), Template> _compiled = new();

    private readonly ConcurrentDictionary<(string Tenant, TemplateId Id, int Version), bool> _told = new();

    /// <summary>
    /// Words that can't be written don't cost the customer the message: it is written in ours, and staff is told. A test is written with the
    /// version that it tests, or not at all.
    /// </summary>
    internal async Task<WrittenMail> WriteAsync(
        IQuerySession session, Message message, Recipient recipient, Sender shop, LayoutSettings layout, Extras extras, WordsInUse words, CancellationToken ct)
    {
        ComposedMail Compose(Template template) => Composer.Compose(template, recipient, message.Data, shop, message.RequestedAt, extras, layout);
        var (mail, language, by) = await WriteAsync(session, message, words, Compose, ct);
        return new(message.Test is null ? mail : mail with { Subject = $"[Test] {mail.Subject}" }, language, by);
    }

    /// <summary>A text message; as a mail.</summary>
    internal Task<(string Text, string Language, int TemplateVersion)> WriteShortAsync(
        IQuerySession session, Message message, Recipient recipient, Sender shop, Extras extras, WordsInUse words, CancellationToken ct) =>
        WriteAsync(session, message, words, template => Composer.ComposeShort(template, recipient, message.Data, shop, message.RequestedAt, extras), ct);

    /// <summary>Whose words a message is written in.</summary>
    internal static TemplateId WordsFor(Message message, string? recipient, Sender shop) =>
        new(message.Kind, message.Test?.Language ?? Languages.Choose(recipient, shop.Language, Languages.BuiltIn));

    private async Task<(T Written, string Language, int TemplateVersion)> WriteAsync<T>(
        IQuerySession session, Message message, WordsInUse words, Func<Template, T> compose, CancellationToken ct)
    {
        var id = words.Id;
        if (message.Test is { } test) words = words with { Version = test.Version };
        var version = words.Version;
        if (version == Templates.BuiltInVersion && words.Partials.Count == 0) return (compose(Templates.BuiltIn(id.Kind, id.Language, null)), id.Language, version);

        var source = _compiled.ContainsKey((session.TenantId, id, words.Key)) ? null : await session.SourceOfAsync(id, version, ct);
        if (source is not null) source = await session.InlineAsync(source, words, ct);
        try
        {
            return (compose(Compiled(session.TenantId, id, words, source)), id.Language, version);
        }
        catch (Exception e) when (message.Test is null)   // whatever it is: writing is pure, so it is the words' fault or ours, and ours shows below
        {
            var written = compose(Templates.BuiltIn(id.Kind, id.Language, null));
            await TellAsync(session.TenantId, id, version, e);
            return (written, id.Language, Templates.BuiltInVersion);
        }
    }

    private Template Compiled(string tenant, TemplateId id, WordsInUse words, string? source)
    {
        if (_compiled.TryGetValue((tenant, id, words.Key), out var known)) return known;
        var template = Template.Parse(id.Kind, id.Language, source ?? throw new FormatException("The version has no words."));
        if (_compiled.Count >= MostCompiled) _compiled.Clear();
        return _compiled[(tenant, id, words.Key)] = template;
    }

    private async Task TellAsync(string tenant, TemplateId id, int version, Exception error)
    {
        MessagingMetrics.TemplateFellBack(tenant, id.Kind);
        log.LogWarning(
            "Version {Version} of {Template} of shop {Tenant} can't be written ({Error}): the built-in words are sent.",
            version, id.Name, tenant, error.GetType().Name);
        if (!_told.TryAdd((tenant, id, version), true)) return;   // once is enough; another process's is the same task
        await using var scope = scopes.CreateAsyncScope();
        var bus = scope.ServiceProvider.GetRequiredService<IMessageBus>();
        bus.TenantId = tenant;
        await bus.PublishAsync(AskStaff.AboutTemplate(id, version, clock.GetUtcNow()));
    }
}
