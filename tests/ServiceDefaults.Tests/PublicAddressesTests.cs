using System.Net;

namespace Engagement.ServiceDefaults.Tests;

public sealed class PublicAddressesTests
{
    [Theory]
    [InlineData("8.8.8.8", true)]
    [InlineData("1.1.1.1", true)]
    [InlineData("172.32.0.1", true)]
    [InlineData("100.128.0.1", true)]
    [InlineData("2606:4700:4700::1111", true)]
    [InlineData("127.0.0.1", false)]
    [InlineData("127.255.255.254", false)]
    [InlineData("0.0.0.0", false)]
    [InlineData("10.1.2.3", false)]
    [InlineData("100.64.0.1", false)]
    [InlineData("169.254.169.254", false)]
    [InlineData("172.16.0.1", false)]
    [InlineData("172.31.255.255", false)]
    [InlineData("192.168.1.1", false)]
    [InlineData("198.18.0.1", false)]
    [InlineData("224.0.0.1", false)]
    [InlineData("255.255.255.255", false)]
    [InlineData("::", false)]
    [InlineData("::1", false)]
    [InlineData("::ffff:10.0.0.1", false)]
    [InlineData("::ffff:8.8.8.8", true)]
    [InlineData("fe80::1", false)]
    [InlineData("fd00::1", false)]
    [InlineData("ff02::1", false)]
    [InlineData("64:ff9b::a00:1", false)]
    [InlineData("2002:a00:1::", false)]
    [InlineData("2001:0:a00:1::", false)]
    [InlineData("2001:db8::1", false)]
    public void Only_addresses_of_the_public_Internet_are_told_anything(string address, bool isPublic) =>
        PublicAddresses.IsPublic(IPAddress.Parse(address)).ShouldBe(isPublic);

    [Theory]
    [InlineData("https://shop.example/hooks?x=1", true)]
    [InlineData("https://8.8.8.8:8443/", true)]
    [InlineData("http://shop.example/", false)]
    [InlineData("https://localhost/", false)]
    [InlineData("https://localhost./", false)]
    [InlineData("https://orders/v1/orders/1", false)]
    [InlineData("https://127.0.0.1/", false)]
    [InlineData("https://2130706433/", false)]
    [InlineData("https://0x7f.1/", false)]
    [InlineData("https://[::1]/", false)]
    [InlineData("https://[::ffff:192.168.0.1]/", false)]
    [InlineData("https://me:secret@shop.example/", false)]
    [InlineData("https://shop.example/#part", false)]
    [InlineData("ftp://shop.example/", false)]
    [InlineData("file:///etc/passwd", false)]
    [InlineData("/hooks", false)]
    [InlineData("", false)]
    [InlineData(null, false)]
    public void An_endpoint_s_address_is_https_and_leads_outside(string? url, bool allowed) =>
        (new PublicAddresses(AnyAddress: false).WhyNot(url) is null).ShouldBe(allowed);

    [Fact]
    public void In_development_it_may_be_one_s_own_machine()
    {
        var development = new PublicAddresses(AnyAddress: true);

        development.WhyNot("http://localhost:8080/hooks").ShouldBeNull();
        development.WhyNot("ftp://localhost/").ShouldNotBeNull();
        development.WhyNot("https://me@localhost/").ShouldNotBeNull();
    }
}
