<?php
// One request, as the published documentation shows it: php call.php METHOD URL CREDENTIAL BODY.
[, $method, $url, $credential, $body] = $argv;
$headers = array_filter([$credential, $body === "" ? "" : "Content-Type: application/json"]);
$http = ["method" => $method, "header" => implode("\r\n", $headers), "ignore_errors" => true, "timeout" => 20];
if ($body !== "") {
    $http["content"] = $body;
}
$stream = fopen($url, "r", false, stream_context_create(["http" => $http]));
$reply = stream_get_contents($stream);
$lines = stream_get_meta_data($stream)["wrapper_data"];
echo explode(" ", $lines[0])[1], "\n", $reply, "\n";
