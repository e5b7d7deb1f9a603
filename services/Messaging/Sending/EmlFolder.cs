namespace Engagement.Messaging.Sending;

/// <summary>Puts mails as <c>.eml</c> files into a folder, for development. A repeat overwrites its own file.</summary>
public sealed class EmlFolder : IMailTransport
{
    private static readonly TimeSpan Abandoned = TimeSpan.FromHours(1);

    private readonly string _folder;
    private readonly string _writing;

    public EmlFolder(string folder)
    {
        _folder = Path.GetFullPath(folder);
        _writing = Path.Combine(_folder, ".writing");
        Directory.CreateDirectory(_writing);

        // What a killed process left half-written is somebody's mail all the same.
        var limit = TimeProvider.System.GetUtcNow() - Abandoned;
        foreach (var file in Directory.EnumerateFiles(_writing).Where(file => File.GetLastWriteTimeUtc(file) < limit))
            File.Delete(file);
    }

    /// <summary>Deletes the mails with these ids, and what is half-written of them.</summary>
    /// <param name="ids">Message-IDs up to their <c>@</c>, which is whatever the shop sent from then.</param>
    public void Erase(IReadOnlySet<string> ids)
    {
        ArgumentNullException.ThrowIfNull(ids);
        foreach (var file in new[] { _folder, _writing }.Where(Directory.Exists).SelectMany(Directory.EnumerateFiles))
        {
            var name = Path.GetFileName(file);
            if (ids.Contains(name[..(name.IndexOf('@', StringComparison.Ordinal) + 1)])) File.Delete(file);
        }
    }

    public async Task<bool> SendAsync(OutgoingMail mail, Func<CancellationToken, Task<bool>> stillMine, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(mail);
        ArgumentNullException.ThrowIfNull(stillMine);
        var written = Path.Combine(_writing, $"{mail.MessageId}.{Guid.NewGuid():N}");
        try
        {
            try
            {
                Directory.CreateDirectory(_writing); // somebody may have emptied the folder since
                await File.WriteAllBytesAsync(written, mail.Content, ct);
                if (!await stillMine(ct))
                    return false;

                File.Move(written, Path.Combine(_folder, mail.MessageId + ".eml"), overwrite: true);
                return true;
            }
            finally
            {
                File.Delete(written);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new TemporaryFailure("The mail could not be written to its folder.", inner: e);
        }
    }
}
