using System.Buffers.Text;
using System.Security.Cryptography;
using Engagement.Contracts;
using Engagement.Testing;
using Npgsql;

namespace Engagement.ServiceDefaults.Tests;

public sealed class VaultTests(PostgresFixture postgres) : IAsyncLifetime
{
    private static readonly CustomerId Giulia = CustomerId.From("giulia");
    private static readonly CustomerId Mario = CustomerId.From("mario");
    private static readonly ContactDetails Details = new("Giulia Bianchi", "giulia@example.it");

    private readonly TestClock _clock = new();
    private readonly MasterKey _master = new("a master key for tests");
    private NpgsqlDataSource _database = null!;

    public async ValueTask InitializeAsync()
    {
        _database = NpgsqlDataSource.Create(await postgres.CreateDatabaseAsync());
        for (var run = 0; run < 2; run++) await Execute(SqlScripts.Keys);
    }

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    [Fact]
    public async Task What_was_sealed_can_be_opened_by_another_instance()
    {
        var data = await NewVault().SealAsync("demo", Giulia, Details);

        data.Value.ShouldNotContain("Giulia");
        (await NewVault().OpenAsync<ContactDetails>("demo", Giulia, data)).ShouldBe(Details);
    }

    [Fact]
    public async Task Whoever_something_was_sealed_for_is_known_until_erased_by_whomever_and_asking_makes_no_key()
    {
        var (here, elsewhere) = (NewVault(), NewVault());
        (await here.KnowsAsync("demo", Giulia)).ShouldBeFalse();
        (await Keys()).ShouldBe(0);
        await here.SealAsync("demo", Giulia, Details);
        (await elsewhere.KnowsAsync("demo", Giulia)).ShouldBeTrue();
        (await elsewhere.KnowsAsync("other", Giulia)).ShouldBeFalse();
        await here.EraseAsync("demo", Giulia);
        (await elsewhere.KnowsAsync("demo", Giulia)).ShouldBeFalse();
    }

    [Fact]
    public async Task A_batch_is_sealed_in_order_and_a_customer_may_come_twice()
    {
        var vault = NewVault();
        await vault.SealAsync("demo", Mario, Details);

        var batch = await vault.SealAsync("demo",
        [
            (Giulia, PersonalJson.Write(new ContactDetails("one", null))),
            (Mario, PersonalJson.Write(new ContactDetails("two", null))),
            (Giulia, PersonalJson.Write(new ContactDetails("three", null))),
        ]);

        (await vault.OpenAsync<ContactDetails>("demo", Giulia, batch[0]))!.Name.ShouldBe("one");
        (await vault.OpenAsync<ContactDetails>("demo", Mario, batch[1]))!.Name.ShouldBe("two");
        (await vault.OpenAsync<ContactDetails>("demo", Giulia, batch[2]))!.Name.ShouldBe("three");
        (await Keys()).ShouldBe(2);
    }

    [Fact]
    public async Task Instances_that_meet_a_customer_at_once_agree_on_one_key()
    {
        var customers = Enumerable.Range(0, 50).Select(i => CustomerId.From($"c{i}")).ToArray();
        var vaults = Enumerable.Range(0, 6).Select(_ => NewVault()).ToArray();

        var batches = await Task.WhenAll(vaults.Select((vault, i) => Task.Run(() =>
            vault.SealAsync("demo", [.. (i % 2 == 0 ? customers : customers.Reverse()).Select(c => (c, PersonalJson.Write(Details)))]))));

        (await Keys()).ShouldBe(50);
        foreach (var batch in batches)
        {
            var first = batch == batches[0] || Array.IndexOf(batches, batch) % 2 == 0 ? customers[0] : customers[^1];
            (await vaults[0].OpenAsync<ContactDetails>("demo", first, batch[0])).ShouldBe(Details);
        }
    }

    [Fact]
    public async Task Erasing_the_key_erases_the_data()
    {
        var vault = NewVault();
        var data = await vault.SealAsync("demo", Giulia, Details);

        (await vault.EraseAsync("demo", Giulia)).ShouldBeTrue();

        (await vault.OpenAsync<ContactDetails>("demo", Giulia, data)).ShouldBeNull();
        (await vault.EraseAsync("demo", Giulia)).ShouldBeFalse();
    }

    [Fact]
    public async Task A_customer_who_comes_back_has_new_data_and_the_old_stay_erased()
    {
        var vault = NewVault();
        var before = await vault.SealAsync("demo", Giulia, Details);
        await vault.EraseAsync("demo", Giulia);

        var after = await vault.SealAsync("demo", Giulia, Details);

        (await vault.OpenAsync<ContactDetails>("demo", Giulia, before)).ShouldBeNull();
        (await vault.OpenAsync<ContactDetails>("demo", Giulia, after)).ShouldBe(Details);
    }

    [Fact]
    public async Task An_erasure_elsewhere_takes_effect_when_the_remembered_key_is_checked_again()
    {
        var (here, elsewhere) = (NewVault(), NewVault());
        var data = await here.SealAsync("demo", Giulia, Details);
        await elsewhere.EraseAsync("demo", Giulia);

        (await here.OpenAsync<ContactDetails>("demo", Giulia, data)).ShouldNotBeNull();
        _clock.Advance(TimeSpan.FromSeconds(60));
        (await here.OpenAsync<ContactDetails>("demo", Giulia, data)).ShouldBeNull();
    }

    [Fact]
    public async Task A_key_replaced_elsewhere_is_found_at_once()
    {
        var (here, elsewhere) = (NewVault(), NewVault());
        await here.SealAsync("demo", Giulia, Details);
        await elsewhere.EraseAsync("demo", Giulia);

        var data = await elsewhere.SealAsync("demo", Giulia, Details);

        (await here.OpenAsync<ContactDetails>("demo", Giulia, data)).ShouldBe(Details);
    }

    [Fact]
    public async Task Data_of_another_shop_or_customer_stay_shut()
    {
        var vault = NewVault();
        var data = await vault.SealAsync("demo", Giulia, Details);
        await vault.SealAsync("other", Giulia, Details);
        await vault.SealAsync("demo", Mario, Details);

        (await vault.OpenAsync<ContactDetails>("other", Giulia, data)).ShouldBeNull();
        (await vault.OpenAsync<ContactDetails>("demo", Mario, data)).ShouldBeNull();

        // Not even with the right key in the wrong row.
        await Execute("delete from customer_keys where customer_id = 'mario'; update customer_keys set customer_id = 'mario' where tenant = 'demo'");
        await Should.ThrowAsync<CryptographicException>(() => NewVault().OpenAsync<ContactDetails>("demo", Mario, data));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(25)]
    public async Task Changed_data_are_refused(int at)
    {
        var vault = NewVault();
        var box = Base64Url.DecodeFromChars((await vault.SealAsync("demo", Giulia, Details)).Value);
        box[at < 0 ? box.Length + at : at] ^= 1;

        var error = await Should.ThrowAsync<CryptographicException>(() =>
            vault.OpenAsync<ContactDetails>("demo", Giulia, Sealed.From(Base64Url.EncodeToString(box))));
        error.ToString().ShouldNotContain("giulia", Case.Insensitive);
    }

    [Fact]
    public async Task Data_of_another_shape_are_refused_without_a_word_of_them()
    {
        var vault = NewVault();
        var data = await vault.SealAsync("demo", Giulia, "Giulia Bianchi");

        var error = await Should.ThrowAsync<InvalidDataException>(() => vault.OpenAsync<ContactDetails>("demo", Giulia, data));
        error.ToString().ShouldNotContain("Bianchi");
    }

    [Fact]
    public async Task Another_master_key_is_named_as_the_reason()
    {
        var data = await NewVault().SealAsync("demo", Giulia, Details);
        var stranger = new Vault(_database, new MasterKey("another master key"), new RealTime(_clock), new VaultOptions());

        (await Should.ThrowAsync<CryptographicException>(() => stranger.OpenAsync<ContactDetails>("demo", Giulia, data)))
            .Message.ShouldContain("Keys:Master");
    }

    [Fact]
    public async Task Remembered_keys_stay_within_their_number()
    {
        var vault = NewVault(new VaultOptions { CachedKeys = 20 });

        for (var i = 0; i < 100; i++) await vault.SealAsync("demo", CustomerId.From($"c{i}"), Details);

        vault.CachedKeys.ShouldBeInRange(1, 20);
    }

    private Vault NewVault(VaultOptions? options = null) => new(_database, _master, new RealTime(_clock), options ?? new VaultOptions());

    private async Task<long> Keys()
    {
        await using var command = _database.CreateCommand("select count(*) from customer_keys");
        return (long)(await command.ExecuteScalarAsync())!;
    }

    private async Task Execute(string sql)
    {
        await using var command = _database.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }
}
