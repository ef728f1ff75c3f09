<#-- Keycloak's own has a paragraph as its title, and headings that leave a level out. -->
<#import "template.ftl" as layout>
<#import "buttons.ftl" as buttons>
<@layout.registrationLayout; section>
<#assign application=advancedMsg(client.name!client.clientId)>
<#if section = "header">
${msg("oauthGrantTitle", application)}
<#elseif section = "form">
<div id="kc-oauth">
<h2>${msg("oauthGrantRequest")}</h2>
<ul>
<#list (oauth.clientScopesRequested)![] as clientScope>
<li>${advancedMsg(clientScope.consentScreenText)}<#if clientScope.dynamicScopeParameter??>: <b>${clientScope.dynamicScopeParameter}</b></#if></li>
</#list>
</ul>
<#if client.attributes.policyUri?? || client.attributes.tosUri??>
<p>${msg("oauthGrantInformation", application)}
<#if client.attributes.tosUri??>${msg("oauthGrantReview")} <a href="${client.attributes.tosUri}" target="_blank" rel="noopener">${msg("oauthGrantTos")}</a></#if>
<#if client.attributes.policyUri??>${msg("oauthGrantReview")} <a href="${client.attributes.policyUri}" target="_blank" rel="noopener">${msg("oauthGrantPolicy")}</a></#if>
</p>
</#if>
<form action="${url.oauthAction}" method="post">
<input type="hidden" name="code" value="${oauth.code}">
<@buttons.actionGroup>
<@buttons.button id="kc-login" name="accept" label="doYes"/>
<@buttons.button id="kc-cancel" name="cancel" label="doNo" class=["kcButtonSecondaryClass"]/>
</@buttons.actionGroup>
</form>
</div>
</#if>
</@layout.registrationLayout>
