namespace Engagement.Engine.Tests.EventStore;

public sealed class DocumentTests(StoreShop store) : IClassFixture<StoreShop>
{
    private readonly string _tenant = $"t{Guid.NewGuid():N}";

    [Fact]
    public async Task Documents_are_stored_replaced_loaded_and_deleted()
    {
        await using var session = store.Open(_tenant);
        session.Store(new Shelf("a", Room.Attic, "one"), new Shelf("b", Room.Cellar, "two"));
        session.Insert(new Shelf("c", Room.Cellar, "three"));
        await session.SaveChangesAsync();
        session.Store(new Shelf("a", Room.Attic, "four"));
        session.Delete(new Shelf("b", Room.Cellar, "two"));
        await session.SaveChangesAsync();

        (await session.LoadAsync<Shelf>("a")).ShouldBe(new Shelf("a", Room.Attic, "four"));
        (await session.LoadAsync<Shelf>("b")).ShouldBeNull();
        (await session.LoadManyAsync<Shelf>("c", "nobody", "a")).OrderBy(s => s.Id)
            .ShouldBe([new Shelf("a", Room.Attic, "four"), new Shelf("c", Room.Cellar, "three")]);
    }

    [Fact]
    public async Task The_last_word_on_a_document_counts()
    {
        await using var session = store.Open(_tenant);
        session.Store(new Shelf("a", Room.Attic, "one"));
        session.Store(new Shelf("a", Room.Attic, "two"));
        session.Store(new Shelf("b", Room.Attic, "one"));
        session.Delete<Shelf>("b");
        await session.SaveChangesAsync();

        (await session.QueryAsync<Shelf>("order by data ->> 'Id'")).ShouldBe([new Shelf("a", Room.Attic, "two")]);
    }

    [Fact]
    public async Task A_second_insert_is_refused_and_nothing_of_its_save_is_stored()
    {
        await using var session = store.Open(_tenant);
        session.Insert(new Shelf("a", Room.Attic, "one"));
        await session.SaveChangesAsync();

        session.Store(new Shelf("b", Room.Attic, "two"));
        session.Insert(new Shelf("a", Room.Attic, "two"));
        await Should.ThrowAsync<DocumentAlreadyExistsException>(() => session.SaveChangesAsync());

        await using var after = store.Open(_tenant);
        (await after.QueryAsync<Shelf>("where true")).ShouldBe([new Shelf("a", Room.Attic, "one")]);
    }

    [Fact]
    public async Task A_typed_id_is_stored_as_its_plain_string()
    {
        await using var session = store.Open(_tenant);
        session.Store(new Book(new Isbn("978-0"), "Tides"));
        await session.SaveChangesAsync();

        (await session.LoadAsync<Book>("978-0")).ShouldBe(new Book(new Isbn("978-0"), "Tides"));
    }

    [Theory]
    [InlineData("where true")]
    [InlineData("where true or tenant_id <> ''")]
    [InlineData("where d.tenant_id is not null")]
    public async Task No_query_reaches_another_tenant(string sql)
    {
        foreach (var tenant in new[] { _tenant, $"{_tenant}-other" })
        {
            await using var session = store.Open(tenant);
            session.Store(new Shelf("a", Room.Attic, tenant));
            await session.SaveChangesAsync();
        }

        await using var mine = store.Open(_tenant);
        (await mine.QueryAsync<Shelf>(sql)).ShouldBe([new Shelf("a", Room.Attic, _tenant)]);
        await using var odd = store.Open("' or true --");
        (await odd.QueryAsync<Shelf>(sql)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Queries_take_arguments_and_leave_quoted_question_marks_alone()
    {
        await using var session = store.Open(_tenant);
        session.Store(new Shelf("a", Room.Attic, "why?"), new Shelf("b", Room.Attic, "it's"), new Shelf("c", Room.Cellar, "why?"));
        await session.SaveChangesAsync();

        object ids = new[] { "a", "b" };
        (await session.QueryAsync<Shelf>("where data ->> 'Label' = 'why?' and data ->> 'Room' = ?", Room.Attic)).Select(s => s.Id).ShouldBe(["a"]);
        (await session.QueryAsync<Shelf>("where data ->> 'Label' = 'it''s' or data ->> 'Id' = ? limit ?", "c", 5)).Select(s => s.Id).Order()
            .ShouldBe(["b", "c"]);
        (await session.QueryAsync<Shelf>("where id = any(?)", ids)).Count.ShouldBe(2);
        (await Should.ThrowAsync<ArgumentException>(() => session.QueryAsync<Shelf>("where id = ?"))).Message
            .ShouldStartWith("The SQL has 2 placeholders for 1 arguments");
    }

    [Theory]
    [InlineData("' or true --")]
    [InlineData("'; drop table shop.mt_doc_shelf; --")]
    [InlineData("$1")]
    [InlineData("? and ?")]
    [InlineData("\\' or 1=1 /*")]
    [InlineData("{\"Label\": \"x\"}")]
    public async Task Whatever_an_argument_says_it_is_only_a_value(string text)
    {
        await using var session = store.Open(_tenant);
        session.Store(new Shelf(text, Room.Attic, text), new Shelf("other", Room.Attic, "other"));
        session.QueueSqlCommand("insert into effects (tenant, grp, no) values (?, ?, 1)", _tenant, text);
        await session.SaveChangesAsync();

        (await session.LoadAsync<Shelf>(text)).ShouldBe(new Shelf(text, Room.Attic, text));
        (await session.LoadManyAsync<Shelf>(text, "' or true --x")).ShouldBe([new Shelf(text, Room.Attic, text)]);
        (await session.QueryAsync<Shelf>("where data ->> 'Label' = ?", text)).ShouldBe([new Shelf(text, Room.Attic, text)]);
        session.Delete<Shelf>(text);
        await session.SaveChangesAsync();
        (await session.QueryAsync<Shelf>("where true")).ShouldBe([new Shelf("other", Room.Attic, "other")]);
        (await store.Shop.Column<string>($"select grp from effects where tenant = '{_tenant}'")).ShouldBe([text]);
    }

    [Fact]
    public async Task A_query_on_several_properties_uses_their_index_also_when_it_is_prepared_for_any_argument()
    {
        await using var session = store.Open(_tenant);
        session.Store([.. Enumerable.Range(0, 2000).Select(i => new Shelf($"{i}", i % 2 == 0 ? Room.Attic : Room.Cellar, $"label {i}"))]);
        await session.SaveChangesAsync();
        await store.Shop.Execute("analyze shop.mt_doc_shelf");

        const string Where = "where data ->> 'Room' = ? and data ->> 'Label' = ?";
        (await session.QueryAsync<Shelf>(Where, Room.Attic, "label 20")).ShouldBe([new Shelf("20", Room.Attic, "label 20")]);
        var query = UserSql.Command($"select d.data from (select * from shop.mt_doc_shelf where tenant_id = ?) d {Where}", [_tenant, Room.Attic, "label 20"]);
        var plan = await store.Shop.Column<string>(
            $"""
            prepare q (varchar, varchar, varchar) as {query.CommandText};
            set plan_cache_mode = force_generic_plan;
            explain execute q ('{_tenant}', 'Attic', 'label 20')
            """);
        string.Join('\n', plan).ShouldContain("mt_doc_shelf_idx_room_label");
    }

    [Fact]
    public async Task A_query_uses_the_computed_index()
    {
        await using var session = store.Open(_tenant);
        session.Store([.. Enumerable.Range(0, 2000).Select(i => new HeavyParcel($"{i}", i))]);
        await session.SaveChangesAsync();
        await store.Shop.Execute("analyze shop.mt_doc_heavyparcel");

        const string Where = "where cast(data ->> 'Grams' as integer) between";
        (await session.QueryAsync<HeavyParcel>($"{Where} ? and ?", 500, 501)).Count.ShouldBe(2);
        var plan = await store.Shop.Column<string>(
            $"explain select d.data from (select * from shop.mt_doc_heavyparcel where tenant_id = '{_tenant}') d {Where} 500 and 501");
        string.Join('\n', plan).ShouldContain("mt_doc_heavyparcel_idx_grams");
    }

    [Fact]
    public void Two_types_can_t_share_a_table()
    {
        var options = new StoreOptions();
        options.Schema.For<Shelf>();

        Should.Throw<InvalidOperationException>(() => options.Schema.For<Elsewhere.Shelf>()).Message
            .ShouldBe($"{typeof(Shelf).FullName} and {typeof(Elsewhere.Shelf).FullName} would share the table mt_doc_shelf: rename one.");
    }

    [Fact]
    public void The_schema_can_be_named_after_what_it_holds()
    {
        var options = new StoreOptions();
        options.Projections.Snapshot<Parcel>(SnapshotLifecycle.Inline);
        options.DatabaseSchemaName = "late";

        options.Document(typeof(Parcel)).Table.ShouldBe("late.mt_doc_parcel");
    }
}
