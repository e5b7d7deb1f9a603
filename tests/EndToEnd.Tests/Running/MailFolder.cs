namespace Engagement.EndToEnd.Tests.Running;

/// <summary>What was sent, as <c>.eml</c> files.</summary>
public sealed class MailFolder(string path)
{
    /// <summary>The mail that thanks for an order.</summary>
    public static string NameOf(string order) => $"thank-you.order-{order}.demo@demo.example";

    public bool Has(string order) => File.Exists(FileOf(order));

    public Task ArrivesAsync(string order) => Eventually.BecomesTrueAsync(() => Has(order), $"the mail for {order}");

    /// <summary>The mail as it was sent, with its soft line breaks undone.</summary>
    public string Read(string order) => File.ReadAllText(FileOf(order)).Replace("=\r\n", "", StringComparison.Ordinal);

    /// <summary>The Message-IDs of all mails, of any kind, about orders that begin like this.</summary>
    public IReadOnlyList<string> About(string orders) =>
        [.. Directory.EnumerateFiles(path, $"*.order-{orders}*.eml").Select(file => Path.GetFileNameWithoutExtension(file)).Order(StringComparer.Ordinal)];

    private string FileOf(string order) => Path.Combine(path, NameOf(order) + ".eml");
}
