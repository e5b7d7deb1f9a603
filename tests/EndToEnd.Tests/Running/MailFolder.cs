using System.Collections.Concurrent;
using System.Text.RegularExpressions;
using Engagement.Testing;

namespace Engagement.EndToEnd.Tests.Running;

/// <summary>What was sent, as <c>.eml</c> files.</summary>
public sealed partial class MailFolder(string path)
{
    /// <summary>The mail of this kind about an order, whichever of its parcels or days it is about.</summary>
    public static string NameOf(string order, string kind = "thank-you") => $"{kind}.order-{order}.demo@demo.example";

    public bool Has(string order) => File.Exists(FileOf(order));

    public Task ArrivesAsync(string order) => Eventually.BecomesTrueAsync(() => Has(order), $"the mail for {order}");

    /// <summary>The mail as it was sent, with its soft line breaks undone.</summary>
    public string Read(string order) => File.ReadAllText(FileOf(order)).Replace("=\r\n", "", StringComparison.Ordinal);

    /// <summary>The Message-IDs of all mails, of any kind, about orders that begin like this.</summary>
    public IReadOnlyList<string> About(string orders) =>
        [.. Directory.EnumerateFiles(path, $"*.order-{orders}*.eml")
            .Select(file => WhichOne().Replace(Path.GetFileNameWithoutExtension(file), "$1.demo@")).Order(StringComparer.Ordinal)];

    /// <summary>That mails about orders that begin like this are these and no others, each once.</summary>
    /// <param name="perhaps">They may have left, or may not.</param>
    public void ShouldBeAbout(string orders, IEnumerable<string> messageIds, params IEnumerable<string> perhaps)
    {
        var sent = About(orders);
        messageIds.Except(sent).ShouldBeEmpty("missing");
        sent.Except(messageIds).Except(perhaps).ShouldBeEmpty("too many");
        sent.ShouldBeUnique();
    }

    [GeneratedRegex(@"(\.order-[^.]+)\..*demo@")]
    private static partial Regex WhichOne();

    /// <summary>Sees each mail that is sent from now on; the folder itself shows a repeat only once.</summary>
    internal SendWatch Watch() => new(path);

    private string FileOf(string order) => Path.Combine(path, NameOf(order) + ".eml");
}

/// <summary>Counts how often each mail is put into the folder.</summary>
internal sealed class SendWatch : IDisposable
{
    private readonly ConcurrentDictionary<string, int> sent = [];
    private readonly FileSystemWatcher watcher;

    public SendWatch(string folder)
    {
        watcher = new FileSystemWatcher(folder, "*.eml") { NotifyFilter = NotifyFilters.FileName };
        watcher.Created += (_, file) => sent.AddOrUpdate(file.Name!, 1, (_, before) => before + 1);
        watcher.EnableRaisingEvents = true;
    }

    public int Count => sent.Values.Sum();

    public IEnumerable<string> Repeats => sent.Where(mail => mail.Value > 1).Select(mail => mail.Key);

    public void Dispose() => watcher.Dispose();
}
