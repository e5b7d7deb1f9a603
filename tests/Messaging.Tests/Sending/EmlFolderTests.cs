using System.Text;
using Engagement.Messaging.Sending;

namespace Engagement.Messaging.Tests.Sending;

public sealed class EmlFolderTests : IDisposable
{
    private readonly string _folder = Path.Combine(Directory.CreateTempSubdirectory("mail-").FullName, "new", "mail");

    [Fact]
    public async Task A_mail_is_a_file_named_by_its_message_id()
    {
        (await Send("one")).ShouldBeTrue();
        Directory.GetFiles(_folder).ShouldBe([Path.Combine(_folder, "thank-you.order-1001.demo@demo.example.eml")]);
        File.ReadAllText(Directory.GetFiles(_folder)[0]).ShouldBe("one");
    }

    [Fact]
    public async Task A_repeat_overwrites_its_own_file()
    {
        await Send("one");
        await Send("two");
        File.ReadAllText(Directory.GetFiles(_folder).Single()).ShouldBe("two");
    }

    [Fact]
    public async Task A_mail_that_is_no_longer_mine_leaves_nothing()
    {
        (await Send("one", mine: false)).ShouldBeFalse();
        Directory.GetFiles(_folder, "*", SearchOption.AllDirectories).ShouldBeEmpty();
    }

    [Fact]
    public async Task The_question_comes_before_the_file()
    {
        await new EmlFolder(_folder).SendAsync(Mail("one"), _ =>
        {
            Directory.GetFiles(_folder).ShouldBeEmpty();
            return Task.FromResult(true);
        }, default);
        Directory.GetFiles(_folder).Length.ShouldBe(1);
    }

    [Fact]
    public async Task A_folder_that_cannot_be_written_is_a_temporary_failure()
    {
        var transport = new EmlFolder(_folder);
        Directory.Delete(_folder, recursive: true);
        File.WriteAllText(_folder, "in the way");
        await Should.ThrowAsync<TemporaryFailure>(() => transport.SendAsync(Mail("one"), _ => Task.FromResult(true), default));
    }

    [Fact]
    public void What_a_killed_process_left_behind_is_removed()
    {
        _ = new EmlFolder(_folder);
        var (old, young) = (Path.Combine(_folder, ".writing", "old"), Path.Combine(_folder, ".writing", "young"));
        File.WriteAllText(old, "half");
        File.WriteAllText(young, "half");
        File.SetLastWriteTimeUtc(old, DateTime.UnixEpoch);
        _ = new EmlFolder(_folder);
        File.Exists(old).ShouldBeFalse();
        File.Exists(young).ShouldBeTrue();
    }

    public void Dispose() => Directory.Delete(Path.GetFullPath(Path.Combine(_folder, "..", "..")), recursive: true);

    private Task<bool> Send(string content, bool mine = true) => new EmlFolder(_folder).SendAsync(Mail(content), _ => Task.FromResult(mine), default);

    private static OutgoingMail Mail(string content)
    {
        Mailbox.TryCreate("ciao@demo.example", "Demo", out var mailbox).ShouldBeTrue();
        return new("thank-you.order-1001.demo@demo.example", mailbox!, mailbox!, Encoding.ASCII.GetBytes(content));
    }
}
