using System.Text;
using System.Text.Json.Nodes;
using Engagement.Contracts;
using Engagement.Gateway.Intake;

namespace Engagement.Gateway.Tests.Intake;

/// <summary>The envelope: content types, attributes, batches.</summary>
public class CloudEventsReaderTests
{
    [Theory]
    [InlineData("application/cloudevents+json")]
    [InlineData("application/cloudevents+json; charset=UTF-8")]
    [InlineData("Application/CloudEvents+JSON;charset=\"utf-8\"")]
    public void One_event_comes_in_structured_mode(string contentType) =>
        Shop.Publish(Shop.Event("order.paid").ToJsonString(), contentType).ThenTaken().Count.ShouldBe(1);

    [Theory]
    [InlineData("application/cloudevents-batch+json")]
    [InlineData("application/cloudevents-batch+json; charset=utf-8")]
    public void Many_events_come_in_a_batch(string contentType) =>
        Shop.Publish($"[{Shop.Event("order.paid").ToJsonString()}]", contentType).ThenTaken().Count.ShouldBe(1);

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("application/json")]
    [InlineData("application/cloudevents")]
    [InlineData("application/cloudevents+xml")]
    [InlineData("application/cloudevents+json; charset=utf-16")]
    [InlineData("application/cloudevents-batch+json; charset=iso-8859-1")]
    [InlineData("text/plain; charset=\u0000")]
    public void Another_content_type_is_unsupported_whatever_the_body(string? contentType) =>
        CloudEventsReader.Read("{}"u8.ToArray(), contentType, new ReadingContext(Shop.Noon, false, email => new CustomerId(email)))
            .ShouldBe(new Reading.UnsupportedMediaType());

    [Fact]
    public void A_batch_may_be_empty() => Shop.PublishBatch().ThenTaken().ShouldBeEmpty();

    [Fact]
    public void A_batch_is_taken_in_its_order() =>
        Shop.PublishBatch(Shop.Event("order.paid").With("/id", "\"b\""), Shop.Event("order.placed").With("/id", "\"a\""))
            .ThenTaken().Select(read => $"{read.Source} {read.Id} {read.Type.Name}").ShouldBe(["/shops/demo b order.paid", "/shops/demo a order.placed"]);

    [Fact]
    public void A_batch_with_bad_events_is_refused_whole_and_every_one_is_told() =>
        Shop.PublishBatch(
                Shop.Event("order.paid"),
                Shop.Event("order.flown").With("/id", "2"),
                Shop.Event("order.placed").With("/data/lines/1/price", "-1").With("/data/total", "-1"),
                Shop.Event("order.shipped").With("/data/trackingUrl", "\"x\""))
            .ThenRefused("1 /id wrong_type", "1 /type unknown_type", "2 /data/lines/1/price out_of_range", "2 /data/total out_of_range", "3 /data/trackingUrl not_a_url");

    [Fact]
    public void What_in_a_batch_is_no_event_is_told_by_its_index() =>
        Shop.Publish($"[null, {Shop.Event("order.paid").ToJsonString()}, 7, []]", CloudEventsReader.Batch).ThenRefused("0  wrong_type", "2  wrong_type", "3  wrong_type");

    [Fact]
    public void A_batch_must_be_an_array_and_an_event_an_object()
    {
        Shop.Publish(Shop.Event("order.paid").ToJsonString(), CloudEventsReader.Batch).ThenRefused("wrong_type");
        Shop.Publish("[]").ThenRefused("wrong_type");
    }

    [Fact]
    public void A_batch_may_have_a_thousand_events_and_no_more()
    {
        static string Batch(int count) => $"[{string.Join(',', Enumerable.Repeat("{}", count))}]";

        Shop.Publish(Batch(1000), CloudEventsReader.Batch).ShouldBeOfType<Reading.Refused>().Count.ShouldBe(5000);
        Shop.Publish(Batch(1001), CloudEventsReader.Batch).ThenRefused("too_many");
    }

    [Fact]
    public void An_event_that_stands_twice_in_a_batch_is_the_same_event()
    {
        var read = Shop.PublishBatch(Shop.Event("order.paid"), Shop.Event("order.paid")).ThenTaken();
        read[0].BodyHash.ShouldBe(read[1].BodyHash);
    }

    [Fact]
    public void Two_events_of_a_batch_with_one_id_are_refused() =>
        Shop.PublishBatch(Shop.Event("order.paid"), Shop.Event("order.paid").With("/data/order", "\"1002\"")).ThenRefused("1 /id id_reused");

    [Fact]
    public void One_id_from_two_sources_is_two_events() =>
        Shop.PublishBatch(Shop.Event("order.paid"), Shop.Event("order.paid").With("/source", "\"/shops/other\"")).ThenTaken().Count.ShouldBe(2);

    [Fact]
    public void The_hash_of_an_event_is_the_same_alone_and_in_a_batch()
    {
        var hash = Shop.Publish(Shop.Event("order.paid")).ThenTaken()[0].BodyHash;
        Shop.PublishBatch(Shop.Event("order.placed").With("/id", "\"0\""), Shop.Event("order.paid")).ThenTaken()[1].BodyHash.ShouldBe(hash);
        Shop.Publish(Shop.Event("order.paid").With("/data/amount", "59.91")).ThenTaken()[0].BodyHash.ShouldNotBe(hash);
    }

    [Theory]
    [InlineData("/specversion", "null", "required")]
    [InlineData("/specversion", "\"0.3\"", "unsupported_version")]
    [InlineData("/specversion", "1.0", "wrong_type")]
    [InlineData("/id", "\"\"", "required")]
    [InlineData("/id", "7", "wrong_type")]
    [InlineData("/id", "\"e\\u0000\"", "control_character")]
    [InlineData("/source", "\"\"", "required")]
    [InlineData("/source", "\"my shop\"", "not_a_uri_reference")]
    [InlineData("/source", "\"/shops/caffè\"", "not_a_uri_reference")]
    [InlineData("/source", "\"/shops/%zz\"", "not_a_uri_reference")]
    [InlineData("/source", "\"/shops/%2\"", "not_a_uri_reference")]
    [InlineData("/type", "\"\"", "required")]
    [InlineData("/type", "\"order.flown\"", "unknown_type")]
    [InlineData("/type", "\"Order.Paid\"", "unknown_type")]
    [InlineData("/time", "\"2026-01-15\"", "not_a_time")]
    [InlineData("/time", "\"2026-01-15T12:00:00\"", "not_a_time")]
    [InlineData("/time", "\"2026-01-15T12:00+01:00\"", "not_a_time")]
    [InlineData("/time", "\"2026-01-15 12:00:00Z\"", "not_a_time")]
    [InlineData("/time", "\"2026-01-32T12:00:00Z\"", "not_a_time")]
    [InlineData("/time", "\"0001-01-01T00:00:00+14:00\"", "not_a_time")]
    [InlineData("/time", "1768478400", "wrong_type")]
    [InlineData("/time", "\"2026-01-15T12:05:01Z\"", "in_the_future")]
    [InlineData("/time", "\"9999-12-31T23:59:59Z\"", "in_the_future")]
    [InlineData("/time", "\"1999-12-31T23:59:59Z\"", "too_early")]
    [InlineData("/datacontenttype", "\"application/xml\"", "unsupported")]
    [InlineData("/datacontenttype", "\"json\"", "unsupported")]
    [InlineData("/data_base64", "\"e30=\"", "unsupported")]
    [InlineData("/data", "null", "required")]
    [InlineData("/data", "\"{}\"", "wrong_type")]
    [InlineData("/backfill", "\"yes\"", "wrong_type")]
    [InlineData("/backfill", "1", "wrong_type")]
    [InlineData("/evenifstale", "true", "only_in_development")]
    [InlineData("/evenifstale", "\"false\"", "only_in_development")]
    public void An_envelope_that_is_wrong_in_one_place_is_refused_with_that_place(string field, string json, string code) =>
        Shop.Publish(Shop.Event("order.paid").With(field, json)).ThenRefused($"{field} {code}");

    [Theory]
    [InlineData("/id", 200)]
    [InlineData("/source", 500)]
    public void An_attribute_may_be_so_long_and_no_longer(string field, int longest)
    {
        Shop.Publish(Shop.Event("order.paid").With(field, $"\"{new string('x', longest)}\"")).ThenTaken();
        Shop.Publish(Shop.Event("order.paid").With(field, $"\"{new string('x', longest + 1)}\"")).ThenRefused($"{field} too_long");
    }

    [Fact]
    public void An_empty_event_lacks_everything_that_is_required() =>
        Shop.Publish("{}").ThenRefused("/specversion required", "/id required", "/source required", "/type required", "/data required");

    [Theory]
    [InlineData("https://shop.example/orders?x=1#y")]
    [InlineData("urn:shop:demo")]
    [InlineData("/shops/caff%C3%A8")]
    [InlineData("demo")]
    public void A_source_is_any_uri_reference(string source) =>
        Shop.Publish(Shop.Event("order.paid").With("/source", $"\"{source}\"")).ThenTaken()[0].Source.ShouldBe(source);

    [Theory]
    [InlineData("2026-01-15T12:05:00Z", "2026-01-15T12:05:00")]
    [InlineData("2026-01-15T13:00:00.123456789+01:00", "2026-01-15T12:00:00.1234567")]
    [InlineData("2000-01-01T00:00:00Z", "2000-01-01T00:00:00")]
    public void The_time_of_an_event_is_when_it_happened(string time, string utc) =>
        Shop.Publish(Shop.Event("order.delivered").With("/time", $"\"{time}\"")).ThenFact<ConfirmDelivery>().Reported
            .ShouldBe(new Reported(DateTimeOffset.Parse(utc + "Z", System.Globalization.CultureInfo.InvariantCulture), Shop.Noon));

    [Theory]
    [InlineData(null)]
    [InlineData("null")]
    public void An_event_without_a_time_happened_when_it_came(string? time)
    {
        var told = time is null ? Shop.Event("order.delivered").Without("/time") : Shop.Event("order.delivered").With("/time", time);
        Shop.Publish(told).ThenFact<ConfirmDelivery>().Reported.ShouldBe(new Reported(Shop.Noon, Shop.Noon));
    }

    [Theory]
    [InlineData("true", true)]
    [InlineData("\"true\"", true)]
    [InlineData("false", false)]
    [InlineData("\"false\"", false)]
    [InlineData("null", false)]
    public void A_shop_can_say_that_it_uploads_its_history(string json, bool backfill) =>
        Shop.Publish(Shop.Event("order.delivered").With("/backfill", json)).ThenFact<ConfirmDelivery>().Reported.Backfill.ShouldBe(backfill);

    [Fact]
    public void In_development_messages_can_be_asked_for_however_stale() =>
        Shop.Publish(Shop.Event("order.delivered").With("/evenifstale", "true"), development: true).ThenFact<ConfirmDelivery>().Reported.EvenIfStale.ShouldBeTrue();

    [Fact]
    public void Other_attributes_are_ignored() =>
        Shop.Publish(Shop.Event("order.paid").With("/subject", "\"1001\"").With("/dataschema", "7").With("/traceparent", "{}").Without("/datacontenttype")).ThenTaken();

    [Fact]
    public void The_whole_of_a_refusal_is_a_pointer_for_each_fault_and_never_a_value()
    {
        var told = Shop.Event("order.placed").With("/data/customer/email", "\"Giulia Rossi\"").With("/data/customer/zone", "\"Via Roma\"").With("/data/order", "\" Rossi\"");
        var refused = Shop.Publish(new JsonArray(told).ToJsonString(), CloudEventsReader.Batch).ShouldBeOfType<Reading.Refused>();
        refused.Faults.ShouldBe([
            new Fault(0, "/data/customer/email", "not_an_email", "Must be an e-mail address."),
            new Fault(0, "/data/customer/zone", "not_a_zone", "Must be a time zone such as Europe/Rome."),
            new Fault(0, "/data/order", "white_space", "Must not begin or end with white space."),
        ]);
    }

    [Fact]
    public void Bytes_that_are_no_utf8_are_refused_with_their_place_and_the_rest_is_read()
    {
        var body = Encoding.UTF8.GetBytes(Shop.Event("order.placed").With("/data/total", "-1").With("/data/customer/name", "\"Giuli@\"").ToJsonString());
        body[body.AsSpan().IndexOf("Giuli@"u8) + 5] = 0xE0;
        Shop.Publish(body).ThenRefused("/data/customer/name invalid_utf8", "/data/total out_of_range");
    }
}
